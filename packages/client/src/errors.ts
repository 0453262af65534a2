import { TRPCClientError } from '@trpc/client'
import type { TRPC_ERROR_CODE_KEY } from '@trpc/server'
import type { AppRouter } from './api.ts'

/** What kind of refusal it is, in tRPC's words; `UNREACHABLE` when no answer came. */
export type ApiErrorCode = TRPC_ERROR_CODE_KEY | 'UNREACHABLE'

/** What an installation said of a call that it refused, or why it could not be reached. */
export interface ApiError {
  code: ApiErrorCode
  /** Finer than `code` and as stable: what to switch on. `UNREACHABLE` when no answer came. */
  reason: string
  /** One sentence for a person. */
  message: string
  /** 0 when no answer came. */
  httpStatus: number
  /** Input field (dotted path) to the sentence that belongs beside it. */
  fields: Record<string, string>
  /** When the same call may succeed, if the server knows. */
  retryAt: Date | null
  /** The exchange's side of it, such as `IP_NOT_ALLOWED`. */
  exchangeCode: string | null
}

/** Reads an error that a call of the client rejected with; null when it is none of the client's. */
export function apiErrorOf(error: unknown): ApiError | null {
  if (!(error instanceof TRPCClientError)) return null
  const { data, message }: TRPCClientError<AppRouter> = error
  if (!data) {
    return {
      code: 'UNREACHABLE',
      reason: 'UNREACHABLE',
      message: 'The OpenTrade server did not answer. Check its address and that it is running.',
      httpStatus: 0,
      fields: {},
      retryAt: null,
      exchangeCode: null,
    }
  }
  return {
    code: data.code,
    reason: data.reason,
    message,
    httpStatus: data.httpStatus,
    fields: data.fields ?? {},
    retryAt: data.retryAt ? new Date(data.retryAt) : null,
    exchangeCode: data.exchangeCode ?? null,
  }
}

/** True when `error` is the installation's answer with one of these reasons. */
export function hasReason(error: unknown, ...reasons: string[]): boolean {
  const apiError = apiErrorOf(error)
  return apiError !== null && reasons.includes(apiError.reason)
}
