export type { AppRouter, RouterInputs, RouterOutputs } from './api.ts'
export { type Client, type ClientOptions, createClient } from './client.ts'
export { type ApiError, type ApiErrorCode, apiErrorOf, hasReason } from './errors.ts'
