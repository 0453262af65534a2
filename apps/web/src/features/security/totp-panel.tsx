import { useMutation } from '@tanstack/react-query'
import { CircleCheck } from 'lucide-react'
import { useState } from 'react'
import { ConfirmDialog } from '../../components/confirm-dialog.tsx'
import { Badge } from '../../components/ui/badge.tsx'
import { Button } from '../../components/ui/button.tsx'
import { Panel } from '../../components/ui/panel.tsx'
import { useFormats } from '../../lib/preferences.tsx'
import { problemOf } from '../../lib/problem.ts'
import { toastProblem, toastSuccess } from '../../lib/toasts.ts'
import { trpc } from '../../lib/trpc.ts'
import type { SecondFactors } from '../../lib/types.ts'
import { TotpDialog } from './totp-dialog.tsx'
import { useRefreshFactors } from './use-refresh-factors.ts'

/** Codes of an authenticator app as a second factor. */
export function TotpPanel({ totp }: { totp: SecondFactors['totp'] }) {
  const formats = useFormats()
  const [isTurningOff, setIsTurningOff] = useState(false)
  const start = useMutation(
    trpc.secondFactors.totpStart.mutationOptions({
      gcTime: 0,
      onError: (error) => toastProblem(problemOf(error).message),
    }),
  )
  return (
    <Panel
      title="Authenticator app"
      aside={
        totp.enabled ? (
          <Badge tone="good" icon={CircleCheck}>
            on
          </Badge>
        ) : (
          <Badge tone="neutral">off</Badge>
        )
      }
    >
      <p className="max-w-2xl text-ink-soft text-sm">
        {totp.enabled && totp.createdAt
          ? `Signing in with your password asks for a code of your app, since ${formats.day(totp.createdAt)}.`
          : 'An app on your phone shows a new code every 30 seconds. With it, your password alone opens nothing.'}
      </p>
      <div className="mt-4 flex flex-wrap gap-2">
        <Button busy={start.isPending} onClick={() => start.mutate()}>
          {totp.enabled ? 'Set up another app' : 'Set up an app'}
        </Button>
        {totp.enabled && (
          <Button className="text-danger" onClick={() => setIsTurningOff(true)}>
            Turn off…
          </Button>
        )}
      </div>
      {start.data && <TotpDialog started={start.data} onClose={start.reset} />}
      {isTurningOff && <TurnOffDialog onClose={() => setIsTurningOff(false)} />}
    </Panel>
  )
}

function TurnOffDialog({ onClose }: { onClose: () => void }) {
  const refresh = useRefreshFactors()
  const disable = useMutation(
    trpc.secondFactors.totpDisable.mutationOptions({
      onSuccess: async () => {
        await refresh()
        toastSuccess('The authenticator app is off.')
        onClose()
      },
    }),
  )
  return (
    <ConfirmDialog
      title="Turn the authenticator app off?"
      action="Turn off"
      keep="Keep it on"
      isDangerous
      error={disable.error}
      busy={disable.isPending}
      onConfirm={() => disable.mutate()}
      onClose={onClose}
    >
      <p>Codes of your app are not asked for any more, and worth nothing.</p>
      <p>Without a passkey your password alone opens your account then, and your recovery codes are gone.</p>
    </ConfirmDialog>
  )
}
