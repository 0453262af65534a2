import { dialectOf } from './error-codes.ts'
import type { StatedHolding } from './normalize.ts'

/** Kraken marks staked, earning and bonded forms of an asset by a suffix, and its old staked ether by a name. */
const krakenForm = /^(.+)\.([FMSBP]|HOLD)$/
const krakenNames = new Map([
  ['ETH2', 'ETH'],
  ['XBT', 'BTC'],
])

function krakenHolding(holding: StatedHolding, isListed: (asset: string) => boolean): StatedHolding {
  // What was kept apart from another coin of its code has no price.
  if (holding.priceAsset === '') return holding
  const [, base, form] = krakenForm.exec(holding.asset) ?? []
  const name = base ?? holding.asset
  // DOT28.S is bonded for 28 days.
  const bonded = form === undefined || isListed(name) ? undefined : /^(.+)\d\d$/.exec(name)?.[1]
  const priceAsset = krakenNames.get(name) ?? bonded ?? name
  const earns = (form !== undefined && form !== 'HOLD') || name === 'ETH2'
  return { ...holding, priceAsset, accountType: earns ? 'earn' : holding.accountType }
}

/** Bitfinex marks an asset that secures derivatives by F0. */
function bitfinexHolding(holding: StatedHolding): StatedHolding {
  const base = /^(.+?)F?0$/.exec(holding.asset)?.[1]
  return base === undefined ? holding : { ...holding, priceAsset: base }
}

/**
 * Binance lists flexible savings a second time among the spot balances, as LD and the asset's name.
 * `isListed` tells an asset that is traded: LDO is one, LDBTC is not.
 */
function binanceHolding(holding: StatedHolding, isListed: (asset: string) => boolean): StatedHolding {
  const base = holding.accountType === 'spot' ? /^LD(.+)$/.exec(holding.asset)?.[1] : undefined
  if (base === undefined || isListed(holding.asset) || !isListed(base)) return holding
  return { ...holding, accountType: 'earn', priceAsset: base }
}

/**
 * The holdings of one exchange with forms of an asset told apart: each keeps its own name, goes under
 * account type 'earn' if it earns, and is priced as the asset that it stands for.
 */
export function tellForms(options: {
  ccxtId: string
  holdings: StatedHolding[]
  isListed: (asset: string) => boolean
}): StatedHolding[] {
  const { ccxtId, holdings, isListed } = options
  const dialect = dialectOf(ccxtId)
  if (dialect === 'kraken') return holdings.map((holding) => krakenHolding(holding, isListed))
  if (dialect === 'bitfinex') return holdings.map(bitfinexHolding)
  if (dialect !== 'binance') return holdings
  const told = holdings.map((holding) => binanceHolding(holding, isListed))
  // The LD form repeats a position that flexible savings state as the asset itself: never count it twice.
  const flexible = new Set(
    told.filter((one) => one.accountType === 'earn' && one.priceAsset === undefined).map((one) => one.asset),
  )
  return told.filter(({ asset, priceAsset = asset }) => asset === priceAsset || !flexible.has(priceAsset))
}
