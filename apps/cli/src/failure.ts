import { apiErrorOf } from '@opentrade/client'
import { CommanderError } from 'commander'

/** What a shell script can tell apart. */
export const EXIT = { ok: 0, fault: 1, usage: 2, signedOut: 3, refused: 4, unavailable: 5 } as const

/** A refusal that the command itself found, with its exit code. */
export class CommandError extends Error {
  readonly exitCode: number

  constructor(message: string, exitCode: number) {
    super(message)
    this.name = 'CommandError'
    this.exitCode = exitCode
  }
}

/** The exit code that says what kind of failure `error` is. */
export function exitCodeOf(thrown: unknown): number {
  const error = unwrapped(thrown)
  if (error instanceof CommandError) return error.exitCode
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage
  if (isPromptClosed(error)) return EXIT.usage
  const apiError = apiErrorOf(error)
  if (!apiError) return EXIT.fault
  if (apiError.httpStatus === 401) return EXIT.signedOut
  if (apiError.httpStatus === 0 || apiError.httpStatus >= 500) return EXIT.unavailable
  return EXIT.refused
}

/** A refusal of the command itself, also when the client's call that it ended has wrapped it. */
function unwrapped(error: unknown): unknown {
  return error instanceof Error && error.cause instanceof CommandError ? error.cause : error
}

/** True when no answer came to a call. */
export function isUnreachable(thrown: unknown): boolean {
  return apiErrorOf(unwrapped(thrown))?.code === 'UNREACHABLE'
}

/** Prints what went wrong to stderr: a sentence for people, one JSON object for programs. */
export function sayError(thrown: unknown, json: boolean): void {
  const error = unwrapped(thrown)
  if (error instanceof CommanderError) return // commander has said it
  const apiError = apiErrorOf(error)
  const message = apiError?.message ?? (error instanceof Error ? error.message : String(error))
  if (json) {
    console.error(JSON.stringify({ error: apiError ?? { reason: 'CLI', message } }))
    return
  }
  console.error(isPromptClosed(error) ? 'Stopped.' : message)
  for (const [field, sentence] of Object.entries(apiError?.fields ?? {})) {
    if (!message.includes(sentence)) console.error(`  ${field}: ${sentence}`)
  }
  if (apiError?.reason === 'SIGN_IN_REQUIRED') console.error('Sign in with `opentrade login`.')
  if (apiError?.retryAt) console.error(`Try again after ${apiError.retryAt.toLocaleString()}.`)
}

function isPromptClosed(error: unknown): boolean {
  return error instanceof Error && error.name === 'ExitPromptError'
}
