import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useRouter } from '@tanstack/react-router'
import { toastSuccess } from './toasts.ts'
import { trpc } from './trpc.ts'

/** Opens an account at the paper exchange, connects it, and goes to its wallet. */
export function useOpenPaper() {
  const queryClient = useQueryClient()
  const router = useRouter()
  return useMutation(
    trpc.paper.open.mutationOptions({
      onSuccess: async ({ walletId }) => {
        toastSuccess('The paper exchange is connected. Its balances are being read.')
        queryClient.invalidateQueries(trpc.portfolio.pathFilter())
        queryClient.invalidateQueries(trpc.apiKeys.pathFilter())
        await router.navigate({ to: '/wallets/$walletId', params: { walletId } })
      },
    }),
  )
}
