import { type AccountType, holdingsIn, requireAmounts, rowsAt } from './account-readers.ts'
import { type CcxtExchange, callEndpoint } from './ccxt.ts'
import { at, textOf } from './json.ts'
import type { StatedHolding } from './normalize.ts'
import { TransportError } from './transport-error.ts'

/** What HTX calls the parts of an asset; a loan and its interest are stated as negative amounts. */
const partNames = new Map<string, 'free' | 'used'>([
  ['trade', 'free'],
  ['loan', 'free'],
  ['interest', 'free'],
  ['frozen', 'used'],
  ['lock', 'used'],
  ['bank', 'used'],
])

/** All accounts of the person, asked for once per instance. Everyone has a spot account there. */
async function accountsOf(exchange: CcxtExchange): Promise<{ info: unknown }[]> {
  const accounts = await exchange.loadAccounts()
  if (accounts.some(({ info }) => at(info, 'type') === 'spot')) return accounts
  Reflect.set(exchange, 'accounts', undefined)
  throw new TransportError('unknown-structure')
}

/** An account type of HTX: those of the person's accounts that are of one of these kinds. ccxt leaves loans out. */
export function htxType(accountType: string, kinds: string[]): AccountType {
  return {
    accountType,
    async read({ exchange }) {
      const accounts = await accountsOf(exchange)
      const holdings: StatedHolding[] = []
      for (const { info } of accounts) {
        if (!kinds.includes(textOf(at(info, 'type')) ?? '')) continue
        const json = await callEndpoint({
          exchange,
          endpoint: 'spotPrivateGetV1AccountAccountsAccountIdBalance',
          params: { 'account-id': textOf(at(info, 'id')) },
        })
        const rows = rowsAt(json, 'data.list[]')
        const stated = (['free', 'used'] as const).flatMap((part) => {
          const ofPart = rows.filter((row) => partNames.get(textOf(at(row, 'type')) ?? '') === part)
          return holdingsIn({
            exchange,
            accountType,
            rows: ofPart,
            names: { asset: 'currency', [part]: 'balance' },
          })
        })
        requireAmounts(rows, stated)
        holdings.push(...stated)
      }
      return holdings
    },
  }
}
