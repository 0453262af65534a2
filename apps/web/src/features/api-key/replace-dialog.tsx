import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { Button } from '../../components/ui/button.tsx'
import { Dialog } from '../../components/ui/dialog.tsx'
import { Notice } from '../../components/ui/notice.tsx'
import { Skeleton } from '../../components/ui/skeleton.tsx'
import { problemOf } from '../../lib/problem.ts'
import { toastSuccess } from '../../lib/toasts.ts'
import { trpc } from '../../lib/trpc.ts'
import type { ApiKey, CredentialField, Credentials } from '../../lib/types.ts'
import { useFocusFault } from '../../lib/use-focus-fault.ts'
import { Checking } from './checking.tsx'
import { CredentialFields } from './credential-fields.tsx'
import { KeyProblem } from './key-problem.tsx'

interface DialogProps {
  apiKey: ApiKey
  onClose: () => void
}

/** Puts new credentials in the place of a key's old ones; wallet and history go on. */
export function ReplaceDialog({ apiKey, onClose }: DialogProps) {
  const { exchangeId, exchangeName } = apiKey
  const exchange = useQuery(trpc.exchanges.get.queryOptions({ exchangeId }))
  return (
    <Dialog title={`Replace the key of ${exchangeName}`} onClose={onClose}>
      {exchange.data ? (
        <ReplaceForm apiKey={apiKey} fields={exchange.data.requiredCredentials} onClose={onClose} />
      ) : exchange.error ? (
        <Notice tone="problem">{problemOf(exchange.error).message}</Notice>
      ) : (
        <Skeleton className="h-40" />
      )}
    </Dialog>
  )
}

function ReplaceForm({ apiKey, fields, onClose }: DialogProps & { fields: readonly CredentialField[] }) {
  const [credentials, setCredentials] = useState<Credentials>({})
  const [confirmed, setConfirmed] = useState(false)
  const replace = useReplaceApiKey(onClose)
  const problem = replace.error ? problemOf(replace.error) : null
  const form = useFocusFault(problem)
  const mustConfirm = problem?.reason === 'WITHDRAWALS_ENABLED'

  function submit(event: FormEvent) {
    event.preventDefault()
    replace.mutate({ apiKeyId: apiKey.apiKeyId, credentials, confirmWithdrawals: confirmed || undefined })
  }

  return (
    <form ref={form} onSubmit={submit} noValidate autoComplete="off" className="grid gap-5">
      <p className="text-ink-soft text-sm">
        The new key is checked first, also that it is of the same account. Until it is accepted, the old one
        stays.
      </p>
      <CredentialFields
        autoFocus
        fields={fields}
        credentials={credentials}
        onCredentials={setCredentials}
        problem={problem}
      />
      {problem && !replace.isPending && (
        <KeyProblem
          problem={problem}
          exchangeName={apiKey.exchangeName}
          fields={fields.map(({ name }) => name)}
          confirmed={confirmed}
          onConfirmed={setConfirmed}
        />
      )}
      {replace.isPending && <Checking exchangeName={apiKey.exchangeName} />}
      <div className="flex justify-end gap-2">
        <Button onClick={onClose}>Cancel</Button>
        <Button
          type="submit"
          look="primary"
          busy={replace.isPending}
          disabled={mustConfirm && !confirmed && !replace.isPending}
        >
          {mustConfirm ? 'Replace all the same' : 'Check and replace'}
        </Button>
      </div>
    </form>
  )
}

function useReplaceApiKey(onDone: () => void) {
  const queryClient = useQueryClient()
  return useMutation(
    trpc.apiKeys.replace.mutationOptions({
      gcTime: 0,
      onSuccess: async () => {
        toastSuccess('The key is replaced.')
        onDone()
        queryClient.invalidateQueries(trpc.portfolio.pathFilter())
        await queryClient.invalidateQueries(trpc.apiKeys.pathFilter())
      },
    }),
  )
}
