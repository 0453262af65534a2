import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useRouter } from '@tanstack/react-router'
import { problemOf } from './problem.ts'
import { endSession, forgetEverything } from './session.ts'
import { toastProblem } from './toasts.ts'
import { trpc } from './trpc.ts'

/** Ends the session at the server, goes to sign-in, and forgets what was read. */
export function useSignOut() {
  const queryClient = useQueryClient()
  const router = useRouter()
  return useMutation(
    trpc.auth.logout.mutationOptions({
      onSuccess: async () => {
        endSession(queryClient)
        await router.navigate({ to: '/sign-in' })
        forgetEverything(queryClient)
      },
      onError: (error) => toastProblem(problemOf(error).message),
    }),
  )
}
