export type { AppRouter, RouterInputs, RouterOutputs } from './api.ts'
export { type Client, type ClientOptions, createClient } from './client.ts'
export { type ApiError, apiErrorOf, hasReason } from './errors.ts'
