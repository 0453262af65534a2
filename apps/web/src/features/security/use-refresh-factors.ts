import { useQueryClient } from '@tanstack/react-query'
import { trpc } from '../../lib/trpc.ts'
import { useSetUser } from '../../lib/use-set-user.ts'

/** Shows what has changed about a person's second factors, here and wherever it matters whether they have one. */
export function useRefreshFactors(): () => Promise<void> {
  const queryClient = useQueryClient()
  const setUser = useSetUser()
  return async () => {
    await queryClient.invalidateQueries(trpc.secondFactors.pathFilter())
    await setUser()
  }
}
