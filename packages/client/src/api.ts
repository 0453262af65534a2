import type { AppRouter } from '@opentrade/server'
import type { inferRouterInputs, inferRouterOutputs } from '@trpc/server'

export type { AppRouter }

/** What each procedure takes, such as `RouterInputs['apiKeys']['add']`. */
export type RouterInputs = inferRouterInputs<AppRouter>

/** What each procedure gives, such as `RouterOutputs['wallets']['list']`; decimals and times are strings. */
export type RouterOutputs = inferRouterOutputs<AppRouter>
