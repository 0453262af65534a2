import type { QueryClient } from '@tanstack/react-query'
import type { trpc } from './trpc.ts'

/** What every route's loader is given. */
export interface RouterContext {
  trpc: typeof trpc
  queryClient: QueryClient
}
