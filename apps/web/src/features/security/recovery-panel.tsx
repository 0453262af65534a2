import { useMutation } from '@tanstack/react-query'
import { Button } from '../../components/ui/button.tsx'
import { Dialog } from '../../components/ui/dialog.tsx'
import { Panel } from '../../components/ui/panel.tsx'
import { problemOf } from '../../lib/problem.ts'
import { toastProblem } from '../../lib/toasts.ts'
import { trpc } from '../../lib/trpc.ts'
import { RecoveryCodes } from './recovery-codes.tsx'
import { useRefreshFactors } from './use-refresh-factors.ts'

/** How many recovery codes are left, and the way to new ones. */
export function RecoveryPanel({ left }: { left: number }) {
  const refresh = useRefreshFactors()
  const renew = useMutation(
    trpc.secondFactors.newRecoveryCodes.mutationOptions({
      gcTime: 0,
      onSuccess: refresh,
      onError: (error) => toastProblem(problemOf(error).message),
    }),
  )
  return (
    <Panel title="Recovery codes">
      <p className="max-w-2xl text-ink-soft text-sm">
        {left === 0 ? 'You have none left. ' : `You have ${left} left. `}
        New ones take the place of all old ones.
      </p>
      <Button className="mt-4" busy={renew.isPending} onClick={() => renew.mutate()}>
        Make new codes
      </Button>
      {renew.data && (
        <Dialog title="Keep your recovery codes" onClose={renew.reset}>
          <RecoveryCodes codes={renew.data.recoveryCodes} onDone={renew.reset} />
        </Dialog>
      )}
    </Panel>
  )
}
