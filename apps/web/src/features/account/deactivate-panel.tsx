import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useRouter } from '@tanstack/react-router'
import { useState } from 'react'
import { ConfirmDialog } from '../../components/confirm-dialog.tsx'
import { Button } from '../../components/ui/button.tsx'
import { Panel } from '../../components/ui/panel.tsx'
import { endSession, forgetEverything } from '../../lib/session.ts'
import { toastSuccess } from '../../lib/toasts.ts'
import { trpc } from '../../lib/trpc.ts'

/** The way out that can be taken back. */
export function DeactivatePanel() {
  const [isOpen, setIsOpen] = useState(false)
  const deactivate = useDeactivate()
  return (
    <Panel title="Deactivate my account">
      <p className="max-w-2xl text-ink-soft text-sm">
        You are signed out everywhere, nothing is synced any more, and what you have here stays. Choosing a
        new password by “Forgot your password?” brings your account back.
      </p>
      <Button className="mt-4" onClick={() => setIsOpen(true)}>
        Deactivate my account…
      </Button>
      {isOpen && (
        <ConfirmDialog
          title="Deactivate your account?"
          action="Deactivate"
          keep="Keep my account"
          isDangerous
          error={deactivate.error}
          busy={deactivate.isPending}
          onConfirm={() => deactivate.mutate()}
          onClose={() => setIsOpen(false)}
        >
          <p>
            Every session and API token of yours stops working at once. To come back, you need a new password
            by mail, or an administrator.
          </p>
        </ConfirmDialog>
      )}
    </Panel>
  )
}

function useDeactivate() {
  const queryClient = useQueryClient()
  const router = useRouter()
  return useMutation(
    trpc.users.deactivateMe.mutationOptions({
      onSuccess: async () => {
        endSession(queryClient)
        await router.navigate({ to: '/sign-in' })
        forgetEverything(queryClient)
        toastSuccess('Your account is deactivated. “Forgot your password?” brings it back.')
      },
    }),
  )
}
