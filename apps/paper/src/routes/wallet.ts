import { Decimal } from 'decimal.js'
import type { Endpoint, SignedCall } from '../endpoint.ts'
import { BinanceError, invalidParameter, unauthorized } from '../errors.ts'
import { ASSETS, USDT } from '../market/catalog.ts'
import { formatAmount, MARKETS } from '../market/markets.ts'
import { optionalMarket, optionalText } from '../parameters.ts'
import { type Balance, listBalances } from '../store/balances.ts'
import { settleIfDue } from '../trading/settle.ts'
import { bitcoinValue } from '../valuation.ts'
import type { Venue } from '../venue.ts'
import { nonZero } from './account.ts'
import { signed } from './signed.ts'

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
  signed('POST', '/sapi/v1/capital/withdraw/apply', ({ key }) => {
    if (!key.enableWithdrawals) throw unauthorized()
    throw new BinanceError({ code: -4019, message: 'Current asset is not open for withdrawal.' })
  }),
  signed('POST', '/sapi/v1/asset/transfer', ({ key }) => {
    if (!key.permitsUniversalTransfer) throw unauthorized()
    throw new BinanceError({ code: -1020, message: 'This operation is not supported.' })
  }),
]

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

async function readWallets({ venue, parameters, key, now }: SignedCall): Promise<unknown> {
  const { accountId } = key
  const quote = optionalText(parameters, 'quoteAsset') ?? 'BTC'
  const unit = { asset: quote, free: new Decimal(1), locked: new Decimal(0) }
  const quotePrice = quote === 'BTC' ? unit.free : bitcoinValue({ venue, balance: unit, now })
  if (quotePrice.isZero()) throw invalidParameter('quoteAsset')
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
    return { activate: true, balance: formatAmount(balance.div(quotePrice)), walletName }
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
