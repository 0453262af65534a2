/** A short word on what has just happened. */
export interface Toast {
  id: number
  tone: 'success' | 'problem'
  text: string
}

const SUCCESS_STAYS_MS = 5_000
const PROBLEM_STAYS_MS = 12_000

let toasts: readonly Toast[] = []
let nextId = 1
const listeners = new Set<() => void>()

/** Says that something worked. */
export function toastSuccess(text: string): void {
  show('success', text)
}

/** Says that something did not work and what to do; stays longer. */
export function toastProblem(text: string): void {
  show('problem', text)
}

/** Takes a toast away before its time. */
export function dismissToast(id: number): void {
  publish(toasts.filter((toast) => toast.id !== id))
}

export function currentToasts(): readonly Toast[] {
  return toasts
}

/** @returns ends the subscription */
export function subscribeToToasts(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

function show(tone: Toast['tone'], text: string): void {
  const id = nextId++
  publish([...toasts, { id, tone, text }])
  setTimeout(() => dismissToast(id), tone === 'success' ? SUCCESS_STAYS_MS : PROBLEM_STAYS_MS)
}

function publish(next: readonly Toast[]): void {
  toasts = next
  for (const listener of listeners) listener()
}
