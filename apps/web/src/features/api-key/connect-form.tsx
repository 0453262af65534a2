import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useRouter } from '@tanstack/react-router'
import { type FormEvent, useState } from 'react'
import { Button } from '../../components/ui/button.tsx'
import { Notice } from '../../components/ui/notice.tsx'
import { Panel } from '../../components/ui/panel.tsx'
import { TextField } from '../../components/ui/text-field.tsx'
import { fieldProblem, problemOf } from '../../lib/problem.ts'
import { toastSuccess } from '../../lib/toasts.ts'
import { trpc } from '../../lib/trpc.ts'
import type { Credentials, Exchange } from '../../lib/types.ts'
import { useFocusFault } from '../../lib/use-focus-fault.ts'
import { Checking } from './checking.tsx'
import { CredentialFields } from './credential-fields.tsx'
import { atWallet, type KeyPlace, KeyPlaceFields } from './key-place.tsx'
import { KeyProblem } from './key-problem.tsx'
import type { WalletChoice } from './wallet-choices.ts'

interface ConnectFormProps {
  exchange: Exchange
  /** The wallets that there are at this exchange already. */
  choices: readonly WalletChoice[]
}

/** Takes an exchange's credentials, has them checked there, and keeps what was typed when they are refused. */
export function ConnectForm({ exchange, choices }: ConnectFormProps) {
  const [credentials, setCredentials] = useState<Credentials>({})
  const [nickname, setNickname] = useState('')
  const [place, setPlace] = useState(() => firstPlace(choices))
  const [confirmed, setConfirmed] = useState(false)
  const add = useAddApiKey(exchange.exchangeName)
  const problem = add.error ? problemOf(add.error) : null
  const form = useFocusFault(problem)
  const mustConfirm = problem?.reason === 'WITHDRAWALS_ENABLED'

  function submit(event: FormEvent) {
    event.preventDefault()
    add.mutate({
      exchangeId: exchange.exchangeId,
      credentials,
      nickname: nickname.trim() || undefined,
      ...whereTo(place, choices),
      confirmWithdrawals: confirmed || undefined,
    })
  }

  if (!exchange.isActive) {
    return (
      <Notice tone="warning" title={`${exchange.exchangeName} is switched off`}>
        An administrator of this installation has switched it off. Ask them, or choose another exchange.
      </Notice>
    )
  }
  return (
    <Panel title="Your API key">
      <form ref={form} onSubmit={submit} noValidate autoComplete="off" className="grid gap-5">
        <CredentialFields
          fields={exchange.requiredCredentials}
          credentials={credentials}
          onCredentials={setCredentials}
          problem={problem}
        />
        <div className="grid gap-5 border-line border-t pt-5 sm:grid-cols-2">
          <TextField
            label="Nickname"
            optional
            hint="Your name for this key."
            autoComplete="off"
            maxLength={100}
            value={nickname}
            onValue={setNickname}
            problem={fieldProblem(problem, 'nickname')}
          />
          <KeyPlaceFields
            exchangeName={exchange.exchangeName}
            choices={choices}
            place={place}
            onPlace={setPlace}
            problem={problem}
          />
        </div>
        {problem && !add.isPending && (
          <KeyProblem
            problem={problem}
            exchangeName={exchange.exchangeName}
            fields={[...exchange.requiredCredentials.map(({ name }) => name), 'nickname', 'walletLabel']}
            confirmed={confirmed}
            onConfirmed={setConfirmed}
          />
        )}
        <div className="flex flex-wrap items-center gap-4">
          <Button
            type="submit"
            look="primary"
            busy={add.isPending}
            disabled={mustConfirm && !confirmed && !add.isPending}
          >
            {mustConfirm ? 'Connect all the same' : 'Check and connect'}
          </Button>
          {add.isPending && <Checking exchangeName={exchange.exchangeName} />}
        </div>
      </form>
    </Panel>
  )
}

/** The first wallet that has no key for something yet; else a new one. */
function firstPlace(choices: readonly WalletChoice[]): KeyPlace {
  const place: KeyPlace = { walletId: null, newLabel: '', purpose: 'read' }
  const open = choices.find((choice) => choice.free.length > 0)
  return open ? atWallet({ choices, value: open.walletId, place }) : place
}

function whereTo(place: KeyPlace, choices: readonly WalletChoice[]) {
  const wallet = choices.find((choice) => choice.walletId === place.walletId)
  return { walletLabel: (wallet?.label ?? place.newLabel.trim()) || undefined, purpose: place.purpose }
}

function useAddApiKey(exchangeName: string) {
  const queryClient = useQueryClient()
  const router = useRouter()
  return useMutation(
    trpc.apiKeys.add.mutationOptions({
      gcTime: 0,
      onSuccess: async ({ walletId }) => {
        toastSuccess(`${exchangeName} is connected. Its balances are being read.`)
        queryClient.invalidateQueries(trpc.portfolio.pathFilter())
        queryClient.invalidateQueries(trpc.apiKeys.pathFilter())
        await router.navigate({ to: '/wallets/$walletId', params: { walletId } })
      },
    }),
  )
}
