import { ChoiceGroup } from '../../components/ui/choice-group.tsx'
import { SelectField } from '../../components/ui/select-field.tsx'
import { TextField } from '../../components/ui/text-field.tsx'
import { fieldProblem, type Problem } from '../../lib/problem.ts'
import type { ApiKey } from '../../lib/types.ts'
import type { WalletChoice } from './wallet-choices.ts'

type Purpose = ApiKey['purpose']

/** Where a new key goes and what for. */
export interface KeyPlace {
  /** Null: a wallet that is yet to be made. */
  walletId: string | null
  /** Of the new wallet. */
  newLabel: string
  purpose: Purpose
}

const NEW = 'new'
const PURPOSES = [
  { value: 'read', label: 'Read balances' },
  { value: 'trade', label: 'Trade' },
] as const satisfies readonly { value: Purpose; label: string }[]

interface KeyPlaceFieldsProps {
  exchangeName: string
  /** The wallets that there are at this exchange; with none, only a label is asked for. */
  choices: readonly WalletChoice[]
  place: KeyPlace
  onPlace: (place: KeyPlace) => void
  problem: Problem | null
}

/** Asks which account a key belongs to and what it is for, as far as there is anything to choose. */
export function KeyPlaceFields({ exchangeName, choices, place, onPlace, problem }: KeyPlaceFieldsProps) {
  const wallet = choices.find((choice) => choice.walletId === place.walletId)
  const labelProblem = fieldProblem(problem, 'walletLabel')
  const newLabel = (
    <TextField
      label="Wallet label"
      optional={choices.length === 0}
      hint={
        choices.length === 0 ? 'Only for a second account at this exchange.' : 'Tells the accounts apart.'
      }
      autoComplete="off"
      maxLength={100}
      value={place.newLabel}
      onValue={(value) => onPlace({ ...place, newLabel: value })}
      problem={wallet ? null : labelProblem}
    />
  )
  if (choices.length === 0) return newLabel
  return (
    <>
      <SelectField
        label="Wallet"
        hint="A wallet takes one key that reads and one that trades, both of the same account."
        value={place.walletId ?? NEW}
        choices={[
          ...choices.map((choice) => ({ value: choice.walletId, label: choice.label || exchangeName })),
          { value: NEW, label: 'A new one, for another account' },
        ]}
        onValue={(value) => onPlace(atWallet({ choices, value, place }))}
        problem={wallet ? labelProblem : null}
      />
      {!wallet && newLabel}
      <div className="grid content-start gap-1.5 sm:col-span-2">
        <p className="font-medium text-sm">What is this key for?</p>
        <ChoiceGroup
          label="What is this key for?"
          className="justify-self-start"
          value={place.purpose}
          choices={PURPOSES}
          onValue={(purpose) => onPlace({ ...place, purpose })}
        />
        <p className="text-ink-faint text-sm">
          {place.purpose === 'read'
            ? 'Balances are read with it, and nothing else is done.'
            : 'Allow it to trade at the exchange, and leave withdrawal off. It serves for orders only and is never opened to read: the wallet needs a key that reads as well.'}
        </p>
      </div>
    </>
  )
}

/** The place that a choice of wallet means: for what that wallet has no key for yet. */
export function atWallet(o: { choices: readonly WalletChoice[]; value: string; place: KeyPlace }): KeyPlace {
  const wallet = o.choices.find((choice) => choice.walletId === o.value)
  if (!wallet) return { ...o.place, walletId: null, purpose: 'read' }
  return { ...o.place, walletId: wallet.walletId, purpose: wallet.free[0] ?? o.place.purpose }
}
