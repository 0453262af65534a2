import { always, either, single } from './account-places.ts'
import {
  type AccountType,
  byAnswer,
  byEndpoint,
  holdingsIn,
  optional,
  type ReadContext,
  type RowNames,
  readByAnswer,
  rowsAt,
} from './account-readers.ts'
import { type CcxtExchange, callEndpoint } from './ccxt.ts'
import { isUnified } from './is-unified.ts'
import { at, textOf } from './json.ts'
import type { StatedHolding } from './normalize.ts'

// Exchanges whose accounts are of two kinds. A unified account is one: it is read once, as 'unified', and answers
// under the names of the others would be the same sums again.

function isGateUnified({ exchange }: ReadContext): Promise<boolean> {
  return isUnified({
    exchange,
    option: 'unifiedAccount',
    endpoint: 'privateAccountGetDetail',
    isYes: (json) => at(json, 'key', 'mode') === '2',
  })
}

/** Gate's isolated margin, both assets of each market; ccxt leaves the interest out of what is owed. */
export const gateIsolated: AccountType = {
  accountType: 'isolated-margin',
  async read(context) {
    if (await isGateUnified(context)) return []
    const { exchange } = context
    const markets = rowsAt(await callEndpoint({ exchange, endpoint: 'privateMarginGetAccounts' }), '[]')
    const rows = markets.flatMap((market) => [at(market, 'base'), at(market, 'quote')])
    const names = { asset: 'currency', free: 'available', used: 'locked', debt: ['borrowed', 'interest'] }
    return holdingsIn({ exchange, accountType: 'isolated-margin', rows, names })
  },
}

/** Gate's futures of one settlement currency; those of a unified account are in it. */
export function gateFutures(settle: string): AccountType {
  const accountType = 'futures'
  return optional({
    accountType,
    async read(context) {
      if (await isGateUnified(context)) return []
      const { exchange } = context
      const endpoint = 'privateFuturesGetSettleAccounts'
      const account = await callEndpoint({ exchange, endpoint, params: { settle } })
      // Its total is without what open positions have won or lost.
      const names = { asset: 'currency', total: 'total', free: 'available', gain: 'unrealised_pnl' }
      return holdingsIn({ exchange, accountType, rows: [account], names })
    },
  })
}

const gateNames: Record<'spot' | 'funding', RowNames> = {
  spot: { asset: 'currency', free: 'available', used: 'locked' },
  // What could be lent is stated here too, and is the spot account's: only what is offered or lent is beside it.
  funding: { asset: 'currency', used: ['locked', 'lent'] },
}

/** An account type of Gate that ccxt's fetchBalance asks for. */
export function gateType(options: { accountType: 'spot' | 'funding'; params: object }): AccountType {
  const { accountType, params } = options
  return {
    accountType,
    async read(context) {
      if (!(await isGateUnified(context)))
        return readByAnswer(context, { accountType, params, place: '[]', ...gateNames[accountType] })
      if (accountType !== 'spot') return []
      return readByAnswer(context, {
        ...{ accountType: 'unified', params, place: 'balances{}', asset: 'key' },
        ...{ free: 'value.available', used: 'value.freeze', total: 'value.equity' },
        debt: (row) => (at(row, 'value', 'equity') === undefined ? at(row, 'value', 'borrowed') : undefined),
      })
    },
  }
}

function isBitgetUnified({ exchange }: ReadContext): Promise<boolean> {
  return isUnified({
    exchange,
    option: 'uta',
    endpoint: 'privateUtaGetV3AccountSettings',
    isYes: (json) => at(json, 'code') === '00000',
  })
}

const bitgetSpot = byEndpoint({
  accountType: 'spot',
  endpoint: 'privateSpotGetV2SpotAccountAssets',
  place: 'data[]',
  asset: 'coin',
  free: 'available',
  used: ['frozen', 'locked'],
})

const bitgetFunding = byEndpoint({
  accountType: 'funding',
  endpoint: 'privateSpotGetV2AccountFundingAssets',
  place: 'data[]',
  asset: 'coin',
  free: 'available',
  used: 'frozen',
})

function bitgetMargin(accountType: string, endpoint: string): AccountType {
  const classic = byEndpoint({
    accountType,
    endpoint,
    place: 'data[]',
    asset: 'coin',
    total: 'totalAmount',
    used: 'frozen',
    debt: ['borrow', 'interest'],
  })
  return {
    accountType,
    read: async (context) => ((await isBitgetUnified(context)) ? [] : classic.read(context)),
  }
}

/** Bitget's futures by their margin. An answer that does not tell the kinds apart is not counted twice. */
const bitgetFutures: AccountType = {
  accountType: 'futures',
  async read(context) {
    if (await isBitgetUnified(context)) return []
    const { exchange } = context
    const rows = new Map<string, unknown>()
    for (const productType of ['USDT-FUTURES', 'COIN-FUTURES', 'USDC-FUTURES']) {
      const endpoint = 'privateMixGetV2MixAccountAccounts'
      const json = await callEndpoint({ exchange, endpoint, params: { productType } })
      for (const row of rowsAt(json, 'data[]')) rows.set(JSON.stringify(row), row)
    }
    const names = { asset: 'marginCoin', total: 'accountEquity', free: 'maxTransferOut' }
    return holdingsIn({ exchange, accountType: 'futures', rows: [...rows.values()], names })
  },
}

/** The account types of Bitget. */
export const bitgetTypes: AccountType[] = [
  {
    accountType: 'spot',
    async read(context) {
      if (!(await isBitgetUnified(context))) return bitgetSpot.read(context)
      // The equity has debts taken off already.
      return readByAnswer(context, {
        ...{ accountType: 'unified', params: { uta: true }, place: 'data.assets[]' },
        ...{ asset: 'coin', used: 'locked', total: either('equity', 'balance') },
      })
    },
  },
  {
    accountType: 'funding',
    async read(context) {
      if (!(await isBitgetUnified(context))) return bitgetFunding.read(context)
      return readByAnswer(context, {
        ...{ accountType: 'funding', params: { type: 'funding', uta: true }, place: 'data[]' },
        ...{ asset: 'coin', free: 'available', used: 'frozen' },
      })
    },
  },
  byEndpoint({
    accountType: 'earn',
    endpoint: 'privateEarnGetV2EarnAccountAssets',
    place: 'data[]',
    asset: 'coin',
    used: 'amount',
  }),
  bitgetMargin('margin', 'privateMarginGetV2MarginCrossedAccountAssets'),
  // Each market has its own row of an asset; ccxt keeps the last of them.
  bitgetMargin('isolated-margin', 'privateMarginGetV2MarginIsolatedAccountAssets'),
  optional(bitgetFutures),
]

function isKucoinUnified({ exchange }: ReadContext): Promise<boolean> {
  return isUnified({
    exchange,
    option: 'uta',
    endpoint: 'utaPrivateGetAccountMode',
    isYes: (json) => at(json, 'data', 'selfAccountMode') === 'UNIFIED',
  })
}

/** Rows of KuCoin's list of accounts that are of one of these kinds: an answer may hold others as well. */
async function readKucoinAccounts(
  { exchange }: ReadContext,
  o: { accountType: string; type: string; kinds: string[] },
): Promise<StatedHolding[]> {
  const { accountType, type, kinds } = o
  const json = await callEndpoint({ exchange, endpoint: 'privateGetAccounts', params: { type } })
  const rows = rowsAt(json, 'data[]').filter((row) => kinds.includes(String(at(row, 'type') ?? type)))
  const names = { asset: 'currency', total: 'balance', free: 'available', used: 'holds' }
  return holdingsIn({ exchange, accountType, rows, names })
}

/** ccxt leaves what is owed out of a cross margin account. */
const kucoinMargin = byEndpoint({
  accountType: 'margin',
  endpoint: 'privateGetMarginAccount',
  place: 'data.accounts[]',
  asset: 'currency',
  free: 'availableBalance',
  used: 'holdBalance',
  debt: 'liability',
})

/** What a unified account holds: its equity, which debts are taken off already. */
function kucoinUnified(accountType: string, params: object): AccountType {
  const place = 'data.accounts[].currencies[]'
  return byAnswer({
    accountType,
    params,
    place,
    asset: 'currency',
    total: 'equity',
    free: 'available',
    used: 'hold',
  })
}

/** KuCoin's futures keep each settlement currency apart; ccxt reads one of them. */
export function kucoinFutures(accountType: string): AccountType {
  return {
    accountType,
    async read({ exchange }) {
      const accounts = new Map<unknown, unknown>()
      for (const currency of ['USDT', 'XBT', 'USDC']) {
        const endpoint = 'futuresPrivateGetAccountOverview'
        const json = await callEndpoint({ exchange, endpoint, params: { currency } })
        // An answer that does not tell the currencies apart is not counted twice.
        accounts.set(at(json, 'data', 'currency'), at(json, 'data'))
      }
      const names = { asset: 'currency', total: 'accountEquity', free: 'availableBalance' }
      return holdingsIn({ exchange, accountType, rows: [...accounts.values()], names })
    },
  }
}

/** The account types of KuCoin. */
export const kucoinTypes: AccountType[] = [
  {
    accountType: 'spot',
    async read(context) {
      if (!(await isKucoinUnified(context))) {
        return readKucoinAccounts(context, {
          accountType: 'spot',
          type: 'trade',
          kinds: ['trade', 'trade_hf'],
        })
      }
      return kucoinUnified('unified', {}).read(context)
    },
  },
  {
    accountType: 'funding',
    async read(context) {
      if (!(await isKucoinUnified(context))) {
        return readKucoinAccounts(context, { accountType: 'funding', type: 'main', kinds: ['main'] })
      }
      return kucoinUnified('funding', { type: 'main' }).read(context)
    },
  },
  optional(
    byEndpoint({
      accountType: 'earn',
      endpoint: 'earnGetEarnHoldAssets',
      params: { pageSize: 500 },
      place: 'data.items[]',
      asset: 'currency',
      used: 'holdAmount',
    }),
  ),
  {
    accountType: 'margin',
    read: async (context) => ((await isKucoinUnified(context)) ? [] : kucoinMargin.read(context)),
  },
  {
    accountType: 'isolated-margin',
    async read(context) {
      if (await isKucoinUnified(context)) return []
      return readByAnswer(context, {
        ...{ accountType: 'isolated-margin', params: { marginMode: 'isolated' } },
        place: (json) =>
          rowsAt(json, 'data.assets[]').flatMap((market) => [
            at(market, 'baseAsset'),
            at(market, 'quoteAsset'),
          ]),
        ...{ asset: 'currency', debt: ['liability', 'interest'], total: either('totalBalance', 'total') },
        free: either('availableBalance', 'available'),
        used: either('holdBalance', 'hold'),
      })
    },
  },
  optional({
    accountType: 'futures',
    read: async (context) => ((await isKucoinUnified(context)) ? [] : kucoinFutures('futures').read(context)),
  }),
]

function isHyperliquidUnified({ exchange }: ReadContext): Promise<boolean> {
  return isUnified({
    exchange,
    option: 'enableUnifiedMargin',
    endpoint: 'publicPostInfo',
    params: { type: 'userAbstraction', user: exchange.walletAddress },
    isYes: (json) => json === 'unifiedAccount',
  })
}

/** Hyperliquid's spot assets, whose names ccxt knows to be of other coins elsewhere. */
async function readHyperliquidSpot(
  context: ReadContext,
  o: { accountType: string; type: string },
): Promise<StatedHolding[]> {
  const holdings = await readByAnswer(context, {
    ...{ accountType: o.accountType, params: { type: o.type }, place: 'balances[]' },
    ...{ asset: 'coin', used: 'hold', total: 'total' },
  })
  return holdings.map((holding) => ({ ...holding, asset: spotCode(context.exchange, holding.asset) }))
}

function spotCode(exchange: CcxtExchange, code: string): string {
  return textOf(at(exchange.options, 'spotCurrencyMapping', code)) ?? code
}

/** The account types of Hyperliquid. A unified account answers both questions with its spot balances. */
export const hyperliquidTypes: AccountType[] = [
  {
    accountType: 'trading',
    async read(context) {
      if (await isHyperliquidUnified(context))
        return readHyperliquidSpot(context, { accountType: 'unified', type: 'swap' })
      // The margin is stated whatever the person owns.
      return readByAnswer(context, {
        ...{ accountType: 'trading', params: { type: 'swap' }, place: single('marginSummary') },
        ...{ asset: always('USDC'), used: 'totalMarginUsed', total: 'accountValue' },
      })
    },
  },
  {
    accountType: 'spot',
    async read(context) {
      if (await isHyperliquidUnified(context)) return []
      return readHyperliquidSpot(context, { accountType: 'spot', type: 'spot' })
    },
  },
]
