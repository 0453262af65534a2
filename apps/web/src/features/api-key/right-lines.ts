import type { Rights } from '../../lib/types.ts'

/** One line of a rights card. */
export interface RightLine {
  name: string
  state: 'yes' | 'no' | 'unverified'
  /** Whether this state is the one to wish for; null where it is a matter of purpose or not known. */
  good: boolean | null
  /** What the state means, for who hovers or listens. */
  meaning: string
}

const UNVERIFIED = 'The exchange does not say.'

const READINGS = [
  {
    right: 'read',
    name: 'Read balances',
    wanted: 'yes',
    yes: 'Needed to show what you hold.',
    no: 'Balances cannot be read.',
  },
  { right: 'trade', name: 'Trade', wanted: null, yes: 'Can place orders.', no: 'Cannot place orders.' },
  {
    right: 'withdraw',
    name: 'Withdraw',
    wanted: 'no',
    yes: 'Can move funds out of the exchange. Better make a key without.',
    no: 'Cannot move funds out.',
  },
  {
    right: 'transfer',
    name: 'Transfer',
    wanted: null,
    yes: 'Can move funds between your accounts there.',
    no: 'Cannot move funds between your accounts.',
  },
  {
    right: 'ipRestricted',
    name: 'IP restricted',
    wanted: 'yes',
    yes: 'A thief elsewhere cannot use it.',
    no: 'Works from anywhere. Better restrict it to the address of this server.',
  },
] as const

/** What a key may do, line by line, with a judgement where there is one to make. */
export function rightLines(rights: Rights): RightLine[] {
  return READINGS.map(({ right, name, wanted, yes, no }) => {
    const state = rights[right]
    if (state === 'unverified') return { name, state, good: null, meaning: UNVERIFIED }
    return {
      name,
      state,
      good: wanted === null ? null : state === wanted,
      meaning: state === 'yes' ? yes : no,
    }
  })
}
