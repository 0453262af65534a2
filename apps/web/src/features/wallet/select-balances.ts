import { compareDecimals } from '@opentrade/format'
import type { Balance } from '../../lib/types.ts'
import type { BalanceSort } from './wallet-search.ts'

export interface BalanceSelection {
  sort: BalanceSort
  order: 'asc' | 'desc'
  /** One account type; all without it. */
  account: string | undefined
  /** A part of an asset's name. */
  query: string
  /** Balances worth less than this many US dollars are left out; null leaves out none. */
  smallestUsd: string | null
}

export interface SelectedBalances {
  shown: Balance[]
  /** How many were left out for being worth little. */
  hiddenSmall: number
}

/**
 * The balances to show, in order. An unpriced one is never small, since nobody knows what it is worth, and
 * stands last whichever way prices or values are ordered.
 */
export function selectBalances(balances: readonly Balance[], selection: BalanceSelection): SelectedBalances {
  const wanted = selection.query.trim().toLowerCase()
  const matching = balances.filter(
    ({ asset, accountType }) =>
      asset.toLowerCase().includes(wanted) && (!selection.account || accountType === selection.account),
  )
  const large = matching.filter((balance) => !isSmall(balance, selection.smallestUsd))
  return {
    shown: large.sort((left, right) => compareBalances(left, right, selection)),
    hiddenSmall: matching.length - large.length,
  }
}

/** The account types that there are balances in, in order of the alphabet. */
export function accountTypesOf(balances: readonly Balance[]): string[] {
  return [...new Set(balances.map(({ accountType }) => accountType))].sort()
}

function isSmall({ usdValue }: Balance, smallestUsd: string | null): boolean {
  if (smallestUsd === null || usdValue === null) return false
  return compareDecimals(usdValue.replace('-', ''), smallestUsd) < 0
}

function compareBalances(left: Balance, right: Balance, { sort, order }: BalanceSelection): number {
  const direction = order === 'asc' ? 1 : -1
  const ties = left.asset.localeCompare(right.asset) || left.accountType.localeCompare(right.accountType)
  if (sort === 'asset') return ties * direction
  const [first, second] = [figureOf(left, sort), figureOf(right, sort)]
  if (first === null || second === null) {
    if (first === second) return ties
    return first === null ? 1 : -1
  }
  return compareDecimals(first, second) * direction || ties
}

function figureOf(balance: Balance, sort: Exclude<BalanceSort, 'asset'>): string | null {
  if (sort === 'total') return balance.total
  return sort === 'price' ? balance.usdPrice : balance.usdValue
}
