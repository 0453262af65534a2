import { useQueryClient } from '@tanstack/react-query'
import { useRouter } from '@tanstack/react-router'
import { trpc } from './trpc.ts'
import type { User } from './types.ts'

/** Shows what has changed about the person on every page: what is given, else what the server says now. */
export function useSetUser(): (user?: User) => Promise<void> {
  const queryClient = useQueryClient()
  const router = useRouter()
  return async (user) => {
    if (user) queryClient.setQueryData(trpc.auth.me.queryKey(), { user })
    else await queryClient.refetchQueries(trpc.auth.me.queryFilter())
    await router.invalidate()
  }
}
