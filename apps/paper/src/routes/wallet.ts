import { Decimal } from 'decimal.js'
import type { Endpoint, SignedCall } from '../endpoint.ts'
import { BinanceError, unauthorized } from '../errors.ts'
import { ASSETS, USDT } from '../market/catalog.ts'
import { findMarket, formatAmount, MARKETS, priceOf } from '../market/markets.ts'
import { optionalInteger, optionalMarket, optionalText } from '../parameters.ts'
import { type Balance, listBalances } from '../store/balances.ts'
import { settleIfDue } from '../trading/settle.ts'
import type { Venue } from '../venue.ts'
import { nonZero } from './account.ts'

/** The account beside spot trading: what the key may do, coins, funding balances, and no way out. */
export const walletEndpoints: Endpoint[] = [
  {
    method: 'GET',
    path: '/sapi/v1/system/status',
    weight: 1,
    known: null,
    security: 'NONE',
    run: () => ({ status: 0, msg: 'normal' }),
  },
  signed('GET', '/sapi/v1/account/status', () => ({ data: 'Normal' })),
  signed('GET', '/sapi/v1/account/apiTradingStatus', () => ({
    data: {
      isLocked: false,
      plannedRecoverTime: 0,
      triggerCondition: { GCR: 150, IFER: 150, UFR: 300 },
      updateTime: 0,
    },
  })),
  signed('GET', '/sapi/v1/account/info', () => ({
    vipLevel: 0,
    isMarginEnabled: false,
    isFutureEnabled: false,
    isOptionsEnabled: false,
    isPortfolioMarginRetailEnabled: false,
  })),
  signed('GET', '/sapi/v1/account/apiRestrictions', ({ key }) => ({
    ipRestrict: key.ipRestrict,
    createTime: key.createdAt,
    enableReading: key.enableReading,
    enableSpotAndMarginTrading: key.enableSpotAndMarginTrading,
    enableWithdrawals: key.enableWithdrawals,
    enableInternalTransfer: key.enableInternalTransfer,
    enableMargin: false,
    enableFutures: false,
    permitsUniversalTransfer: key.permitsUniversalTransfer,
    enableVanillaOptions: false,
    enablePortfolioMarginTrading: false,
    enableFixApiTrade: false,
    enableFixReadOnly: false,
    ...(key.tradingAuthorityExpirationTime === null
      ? {}
      : { tradingAuthorityExpirationTime: key.tradingAuthorityExpirationTime }),
  })),
  signed('GET', '/sapi/v1/capital/config/getall', readCoins, 10),
  signed('GET', '/sapi/v1/asset/tradeFee', ({ parameters }) => {
    const market = optionalMarket(parameters)
    return (market ? [market] : MARKETS).map(({ symbol }) => ({
      symbol,
      makerCommission: '0.001',
      takerCommission: '0.001',
    }))
  }),
  signed('POST', '/sapi/v1/asset/get-funding-asset', async ({ venue, parameters, key, now }) => {
    const asset = optionalText(parameters, 'asset')
    const held = nonZero(await listBalances(venue.pool, { accountId: key.accountId, accountType: 'funding' }))
    return held
      .filter((balance) => asset === null || balance.asset === asset)
      .map((balance) => walletAsset(venue, balance, now))
  }),
  signed(
    'POST',
    '/sapi/v3/asset/getUserAsset',
    async ({ venue, parameters, key, now }) => {
      const asset = optionalText(parameters, 'asset')
      await settleIfDue({ venue, accountId: key.accountId, now })
      const held = nonZero(await listBalances(venue.pool, { accountId: key.accountId, accountType: 'spot' }))
      return held
        .filter((balance) => asset === null || balance.asset === asset)
        .map((balance) => ({ ...walletAsset(venue, balance, now), ipoable: '0' }))
    },
    5,
  ),
  signed('GET', '/sapi/v1/asset/wallet/balance', readWallets, 60),
  signed('GET', '/sapi/v1/simple-earn/flexible/position', readFlexible, 150),
  signed('GET', '/sapi/v1/simple-earn/locked/position', readLocked, 150),
  signed('GET', '/sapi/v1/simple-earn/account', readEarnAccount, 150),
  signed('GET', '/sapi/v1/capital/withdraw/history', () => []),
  signed('GET', '/sapi/v1/capital/deposit/hisrec', () => []),
  signed('GET', '/sapi/v1/asset/assetDividend', () => ({ rows: [], total: 0 }), 10),
  signed('POST', '/sapi/v1/capital/withdraw/apply', ({ key }) => {
    if (!key.enableWithdrawals) throw unauthorized()
    throw new BinanceError({ code: -4019, message: 'Current asset is not open for withdrawal.' })
  }),
  signed('POST', '/sapi/v1/asset/transfer', ({ key }) => {
    if (!key.permitsUniversalTransfer) throw unauthorized()
    throw new BinanceError({ code: -1020, message: 'This operation is not supported.' })
  }),
  signed('GET', '/sapi/v1/margin/allPairs', () => []),
  signed('GET', '/sapi/v1/margin/isolated/allPairs', () => []),
  signed('GET', '/sapi/v1/margin/allAssets', () => []),
  signed('GET', '/sapi/v1/margin/account', noMarginAccount, 10),
  signed('GET', '/sapi/v1/margin/isolated/account', () => {
    throw new BinanceError({ code: -11001, message: 'Isolated margin account does not exist.' })
  }),
  signed('GET', '/sapi/v1/margin/openOrders', noMarginAccount, 10),
]

function signed(
  method: Endpoint['method'],
  path: string,
  run: (call: SignedCall) => unknown,
  weight = 1,
): Endpoint {
  return { method, path, weight, known: null, security: 'USER_DATA', run }
}

function noMarginAccount(): never {
  throw new BinanceError({ code: -3003, message: 'Margin account does not exist.' })
}

async function readCoins({ venue, key, now }: SignedCall): Promise<unknown> {
  await settleIfDue({ venue, accountId: key.accountId, now })
  const spot = await listBalances(venue.pool, { accountId: key.accountId, accountType: 'spot' })
  const held = new Map(spot.map((balance) => [balance.asset, balance]))
  const known = [USDT, ...ASSETS].map(({ asset, name, fiat }) => ({ asset, name, fiat: fiat ?? false }))
  const others = spot
    .filter((balance) => !known.some(({ asset }) => asset === balance.asset))
    .map(({ asset }) => ({ asset, name: asset, fiat: false }))
  return [...known, ...others].map((coin) => describeCoin(coin, held.get(coin.asset)))
}

function describeCoin(coin: { asset: string; name: string; fiat: boolean }, balance: Balance | undefined) {
  const none = '0'
  return {
    coin: coin.asset,
    depositAllEnable: false,
    free: balance ? formatAmount(balance.free) : none,
    freeze: none,
    ipoable: none,
    ipoing: none,
    isLegalMoney: coin.fiat,
    locked: balance ? formatAmount(balance.locked) : none,
    name: coin.name,
    networkList: coin.fiat ? [] : [paperNetwork(coin.asset)],
    storage: none,
    trading: true,
    withdrawAllEnable: false,
    withdrawing: none,
  }
}

/** The one network of every coin; nothing can be sent on it. */
function paperNetwork(coin: string) {
  return {
    network: 'PAPER',
    coin,
    name: 'Paper network',
    isDefault: true,
    depositEnable: false,
    withdrawEnable: false,
    depositDesc: 'The paper exchange holds no real coins.',
    withdrawDesc: 'The paper exchange holds no real coins.',
    withdrawFee: '0',
    withdrawMin: '0',
    withdrawMax: '0',
    withdrawIntegerMultiple: '0.00000001',
    minConfirm: 1,
    unLockConfirm: 0,
    sameAddress: false,
    busy: false,
  }
}

function walletAsset(venue: Venue, balance: Balance, now: number) {
  return {
    asset: balance.asset,
    free: formatAmount(balance.free),
    locked: formatAmount(balance.locked),
    freeze: '0',
    withdrawing: '0',
    btcValuation: formatAmount(bitcoinValue({ venue, balance, now })),
  }
}

/** What a balance is worth in BTC; 0 for an asset without a market, as Binance has it. */
function bitcoinValue(o: { venue: Venue; balance: Balance; now: number }): Decimal {
  const { venue, balance, now } = o
  const amount = balance.free.plus(balance.locked)
  const bitcoin = usdtPrice(venue, 'BTC', now)
  const price = usdtPrice(venue, balance.asset, now)
  return bitcoin && price ? amount.mul(price).div(bitcoin) : new Decimal(0)
}

function usdtPrice(venue: Venue, asset: string, now: number): Decimal | null {
  if (asset === 'USDT') return new Decimal(1)
  const market = findMarket(`${asset}USDT`)
  const last = market && venue.source.last(market, now)
  return market && last ? priceOf(market, last.ticks) : null
}

async function readWallets({ venue, key, now }: SignedCall): Promise<unknown> {
  const { accountId } = key
  await settleIfDue({ venue, accountId, now })
  const walletOf = async (
    walletName: string,
    types: ('spot' | 'funding' | 'earn_flexible' | 'earn_locked')[],
  ) => {
    let balance = new Decimal(0)
    for (const accountType of types) {
      for (const held of await listBalances(venue.pool, { accountId, accountType })) {
        balance = balance.plus(bitcoinValue({ venue, balance: held, now }))
      }
    }
    return { activate: true, balance: formatAmount(balance), walletName }
  }
  const absent = (walletName: string) => ({ activate: false, balance: '0', walletName })
  return [
    await walletOf('Spot', ['spot']),
    await walletOf('Funding', ['funding']),
    absent('Cross Margin'),
    absent('Isolated Margin'),
    absent('USDⓈ-M Futures'),
    absent('COIN-M Futures'),
    await walletOf('Earn', ['earn_flexible', 'earn_locked']),
  ]
}

/** The page of rows that `current` and `size` ask for, with the number of all of them. */
function page<T>({ parameters }: SignedCall, rows: T[]): { rows: T[]; total: number } {
  const size = Math.min(100, Math.max(1, optionalInteger(parameters, 'size') ?? 10))
  const current = Math.max(1, optionalInteger(parameters, 'current') ?? 1)
  return { rows: rows.slice((current - 1) * size, current * size), total: rows.length }
}

async function readFlexible(call: SignedCall): Promise<unknown> {
  const { venue, parameters, key } = call
  const asset = optionalText(parameters, 'asset')
  const productId = optionalText(parameters, 'productId')
  const held = nonZero(
    await listBalances(venue.pool, { accountId: key.accountId, accountType: 'earn_flexible' }),
  )
  const rows = held.map((balance) => ({
    totalAmount: formatAmount(balance.free.plus(balance.locked)),
    latestAnnualPercentageRate: '0.02120000',
    tierAnnualPercentageRate: {},
    asset: balance.asset,
    canRedeem: true,
    collateralAmount: '0',
    productId: `${balance.asset}001`,
    yesterdayRealTimeRewards: '0',
    cumulativeBonusRewards: '0',
    cumulativeRealTimeRewards: '0',
    cumulativeTotalRewards: '0',
    autoSubscribe: false,
  }))
  return page(
    call,
    rows.filter(
      (row) => (asset === null || row.asset === asset) && (productId === null || row.productId === productId),
    ),
  )
}

const LOCKED_DAYS = 60

async function readLocked(call: SignedCall): Promise<unknown> {
  const { venue, parameters, key } = call
  const asset = optionalText(parameters, 'asset')
  const held = nonZero(
    await listBalances(venue.pool, { accountId: key.accountId, accountType: 'earn_locked' }),
  )
  const rows = held.map((balance, index) => ({
    positionId: key.accountId * 100 + index,
    projectId: `${balance.asset}*${LOCKED_DAYS}`,
    asset: balance.asset,
    amount: formatAmount(balance.free.plus(balance.locked)),
    purchaseTime: String(key.createdAt),
    duration: String(LOCKED_DAYS),
    accrualDays: '0',
    rewardAsset: balance.asset,
    APY: '0.0310',
    rewardAmt: '0',
    isRenewable: true,
    isAutoRenew: false,
    redeemDate: String(key.createdAt + LOCKED_DAYS * 86_400_000),
    status: 'HOLDING',
    canRedeemEarly: true,
  }))
  return page(
    call,
    rows.filter((row) => asset === null || row.asset === asset),
  )
}

async function readEarnAccount({ venue, key, now }: SignedCall): Promise<unknown> {
  const worth = async (accountType: 'earn_flexible' | 'earn_locked') => {
    let total = new Decimal(0)
    for (const balance of await listBalances(venue.pool, { accountId: key.accountId, accountType })) {
      total = total.plus(bitcoinValue({ venue, balance, now }))
    }
    return total
  }
  const flexible = await worth('earn_flexible')
  const locked = await worth('earn_locked')
  const inUsdt = (amount: Decimal) => formatAmount(amount.mul(usdtPrice(venue, 'BTC', now) ?? 0))
  return {
    totalAmountInBTC: formatAmount(flexible.plus(locked)),
    totalAmountInUSDT: inUsdt(flexible.plus(locked)),
    totalFlexibleAmountInBTC: formatAmount(flexible),
    totalFlexibleAmountInUSDT: inUsdt(flexible),
    totalLockedInBTC: formatAmount(locked),
    totalLockedInUSDT: inUsdt(locked),
  }
}
