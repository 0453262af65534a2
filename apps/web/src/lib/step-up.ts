/** The question who the person is, while it stands. Calls that wait for it at the same time share its answer. */
interface Question {
  answer: Promise<boolean>
  settle: (isConfirmed: boolean) => void
}

let question: Question | null = null
const listeners = new Set<() => void>()

/** Has the page ask the person to show who they are. Resolves to whether they did. */
export function askStepUp(): Promise<boolean> {
  if (question) return question.answer
  let settle: Question['settle'] = () => undefined
  const answer = new Promise<boolean>((resolve) => {
    settle = resolve
  })
  publish({ answer, settle })
  return answer
}

/** Ends the question that stands, if one does. */
export function answerStepUp(isConfirmed: boolean): void {
  question?.settle(isConfirmed)
  publish(null)
}

export function isStepUpAsked(): boolean {
  return question !== null
}

/** @returns ends the subscription */
export function subscribeToStepUp(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

function publish(next: Question | null): void {
  question = next
  for (const listener of listeners) listener()
}
