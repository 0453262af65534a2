import { type ApiError, apiErrorOf } from '@opentrade/client'
import { PasskeyError } from './passkey.ts'

/** What to tell a person about any error: one sentence, and the fields it is about. */
export type Problem = Pick<ApiError, 'reason' | 'message' | 'fields' | 'httpStatus'> &
  Partial<Pick<ApiError, 'exchangeCode'>>

/** Reads any thrown value as something that can be shown; an unknown one is said to be a fault of ours. */
export function problemOf(error: unknown): Problem {
  const known = apiErrorOf(error)
  if (known?.httpStatus === 0) return { ...known, message: UNREACHABLE }
  if (known?.reason === 'SIGN_IN_REQUIRED') return { ...known, message: SESSION_ENDED }
  if (known) return known
  if (error instanceof PasskeyError) {
    return { reason: 'PASSKEY', message: error.message, fields: {}, httpStatus: 0 }
  }
  return { reason: 'UNEXPECTED', message: UNEXPECTED, fields: {}, httpStatus: 0 }
}

/** The sentence about one field; fields are named by dotted paths and a form knows the last part only. */
export function fieldProblem(problem: Problem | null, field: string): string | null {
  if (!problem) return null
  const entry = Object.entries(problem.fields).find(([path]) => path.split('.').at(-1) === field)
  return entry?.[1] ?? null
}

/**
 * The sentence that stands above a form. When every fault is shown beside a field of the form, it only points
 * there; otherwise it is the problem's own.
 */
export function formProblem(problem: Problem, shownFields: readonly string[]): string {
  const faulty = Object.keys(problem.fields).map((path) => path.split('.').at(-1) ?? path)
  if (faulty.length === 0 || faulty.some((field) => !shownFields.includes(field))) return problem.message
  return faulty.length === 1 ? 'One field needs another look.' : 'Some fields need another look.'
}

const UNREACHABLE = 'The OpenTrade server did not answer. Check that it is running and try again.'
/** Who reads this is signed in again, or about to be. */
const SESSION_ENDED = 'Your session had ended, so this was not done. Try again once you are signed in.'
const UNEXPECTED =
  'Something went wrong in this page. Reload it; if it happens again, tell your administrator.'
