import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { Button } from '../../components/ui/button.tsx'
import { Dialog } from '../../components/ui/dialog.tsx'
import { FormProblem } from '../../components/ui/form-problem.tsx'
import { Notice } from '../../components/ui/notice.tsx'
import { Skeleton } from '../../components/ui/skeleton.tsx'
import { SwitchField } from '../../components/ui/switch-field.tsx'
import { TextField } from '../../components/ui/text-field.tsx'
import { fieldProblem, problemOf } from '../../lib/problem.ts'
import { toastSuccess } from '../../lib/toasts.ts'
import { trpc } from '../../lib/trpc.ts'
import type { Exchange, ExchangeDetails } from '../../lib/types.ts'
import { useFocusFault } from '../../lib/use-focus-fault.ts'
import { type ExchangeDraft, exchangeChanges } from './exchange-changes.ts'

interface DialogProps {
  exchange: Exchange
  onClose: () => void
}

/** Changes where one exchange is reached and whether it can be connected. */
export function ExchangeDialog({ exchange, onClose }: DialogProps) {
  const { exchangeId, exchangeName } = exchange
  const details = useQuery(trpc.exchanges.get.queryOptions({ exchangeId }, { staleTime: 0, gcTime: 0 }))
  return (
    <Dialog title={`Change ${exchangeName}`} onClose={onClose}>
      {details.data ? (
        <ExchangeForm exchange={details.data} onClose={onClose} />
      ) : details.error ? (
        <Notice tone="problem">{problemOf(details.error).message}</Notice>
      ) : (
        <Skeleton className="h-64" />
      )}
    </Dialog>
  )
}

const FIELDS = ['apiBaseUrl', 'wsBaseUrl', 'isActive']

function ExchangeForm({ exchange, onClose }: { exchange: ExchangeDetails; onClose: () => void }) {
  const isPaper = exchange.exchangeId === 'paper'
  const [draft, setDraft] = useState<ExchangeDraft>({
    apiBaseUrl: exchange.apiBaseUrl ?? '',
    wsBaseUrl: exchange.wsBaseUrl ?? '',
    isActive: exchange.isActive,
  })
  const update = useUpdateExchange(onClose)
  const problem = update.error ? problemOf(update.error) : null
  const form = useFocusFault(problem)

  function submit(event: FormEvent) {
    event.preventDefault()
    const changes = exchangeChanges(exchange, draft)
    if (Object.keys(changes).length === 0) return onClose()
    update.mutate({ exchangeId: exchange.exchangeId, ...changes })
  }

  return (
    <form ref={form} onSubmit={submit} noValidate className="grid gap-5">
      <FormProblem problem={problem} fields={FIELDS} />
      <SwitchField
        label="Can be connected"
        hint="Switched off, no key can be added. Keys that are there go on being read."
        checked={draft.isActive}
        onChecked={(isActive) => setDraft({ ...draft, isActive })}
      />
      <TextField
        label="API base URL"
        optional
        type="url"
        inputMode="url"
        autoComplete="off"
        spellCheck={false}
        disabled={isPaper}
        placeholder="https://proxy.example.org/{host}"
        hint={
          isPaper
            ? 'The paper exchange sets its address by itself each time it starts.'
            : 'Takes the place of the exchange’s own host. {host} stands for that host, for a proxy that serves several.'
        }
        value={draft.apiBaseUrl}
        onValue={(apiBaseUrl) => setDraft({ ...draft, apiBaseUrl })}
        problem={fieldProblem(problem, 'apiBaseUrl')}
        className="font-mono text-sm"
      />
      <TextField
        label="WebSocket base URL"
        optional
        type="url"
        inputMode="url"
        autoComplete="off"
        spellCheck={false}
        disabled={isPaper}
        placeholder="wss://proxy.example.org/{host}"
        hint="The same for streams."
        value={draft.wsBaseUrl}
        onValue={(wsBaseUrl) => setDraft({ ...draft, wsBaseUrl })}
        problem={fieldProblem(problem, 'wsBaseUrl')}
        className="font-mono text-sm"
      />
      <div className="flex flex-wrap justify-end gap-2">
        {!isPaper && (
          <Button
            look="quiet"
            className="max-sm:w-full sm:mr-auto"
            disabled={draft.apiBaseUrl === '' && draft.wsBaseUrl === ''}
            onClick={() => setDraft({ ...draft, apiBaseUrl: '', wsBaseUrl: '' })}
          >
            Use its own addresses
          </Button>
        )}
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" look="primary" busy={update.isPending}>
          Save
        </Button>
      </div>
    </form>
  )
}

function useUpdateExchange(onDone: () => void) {
  const queryClient = useQueryClient()
  return useMutation(
    trpc.exchanges.update.mutationOptions({
      onSuccess: async ({ exchangeName }) => {
        await queryClient.invalidateQueries(trpc.exchanges.pathFilter())
        toastSuccess(`${exchangeName} is changed. Every process follows within three seconds.`)
        onDone()
      },
    }),
  )
}
