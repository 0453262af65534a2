import { afterAll, describe, expect, it } from 'vitest'
import { accountPayloads } from './testing/account-payloads.ts'
import { type ReplayedExchange, refusalOf, startReplayedExchange } from './testing/replayed-exchange.ts'

/** Account type, asset, free, locked, total, what it is priced as. */
const expected: Record<string, string[]> = {
  binance: [
    'earn BTC 0 1 1 BTC',
    'funding USDT 20 6 26 USDT',
    'futures USDT 20 2.5 22.5 USDT',
    'isolated-margin BTC 1 0 1 BTC',
    'isolated-margin USDT 5 0 5 USDT',
    'margin USDT -150.5 0 -150.5 USDT',
    'spot BTC 0.5 0.1 0.6 BTC',
    'spot LDO 7 0 7 LDO',
  ],
  bitfinex: [
    'funding USD 400 100 500 USD',
    'margin USDT 50 0 50 USDT',
    'spot BTC 1 0.123456789012345678 1.123456789012345678 BTC',
  ],
  bitget: [
    'earn USDT 0 8 8 USDT',
    'funding USDT 7 1 8 USDT',
    'futures USDT 9 1 10 USDT',
    'margin USDT 69 0 69 USDT',
    'spot BTC 1 0.75 1.75 BTC',
  ],
  bybit: ['earn USDT 0 30 30 USDT', 'funding USDT 9 1 10 USDT', 'trading BTC 1.5 0.5 2 BTC'],
  coinbase: ['spot BTC 1.5 0.5 2 BTC', 'vault BTC 4 0 4 BTC'],
  gate: [
    'earn USDT 0 20.5 20.5 USDT',
    'funding USDT 0 2 2 USDT',
    'futures USDT 10 2.5 12.5 USDT',
    'spot BTC 1 0.25 1.25 BTC',
  ],
  kraken: [
    'earn BTC.F 0.5 0 0.5 BTC',
    'earn BTC.M 0.1 0 0.1 BTC',
    'earn DOGE.F 6 0 6 DOGE',
    'earn DOT.B 3 0 3 DOT',
    'earn DOT.P 4 0 4 DOT',
    'earn DOT28.S 5 0 5 DOT',
    'earn ETH2.S 2 0 2 ETH',
    'spot BTC 0.4012 0.8423 1.2435 BTC',
    'spot USD 17185.45 8249.76 25435.21 USD',
  ],
  kucoin: [
    'earn KCS 0 6 6 KCS',
    'funding BTC 0.5 0 0.5 BTC',
    'futures USDT 3 1 4 USDT',
    'margin USDT 4 2 6 USDT',
    'spot BTC 2 1 3 BTC',
    'spot ETH 7 0 7 ETH',
  ],
  mexc: ['futures USDT 5 0.5 5.5 USDT', 'spot BTC 3 1 4 BTC'],
  okx: [
    'earn USDT 0 11 11 USDT',
    'funding USDT 10 2 12 USDT',
    'staking DOT 0 3 3 DOT',
    'trading BTC 1.5 0.5 2 BTC',
    'trading USDT -40 0 -40 USDT',
  ],
}

const mainTypes = new Set(['spot', 'trading', 'vault'])

describe.each(Object.keys(expected))('%s', (ccxtId) => {
  let replayed: ReplayedExchange | undefined
  async function exchange(): Promise<ReplayedExchange> {
    replayed ??= await startReplayedExchange(ccxtId)
    return replayed
  }
  afterAll(() => replayed?.server.close())

  it('is read with every account type that it offers', async () => {
    const balances = await (await exchange()).open().fetchBalances()
    expect(balances).toMatchObject({ complete: true, failed: [] })
    expect(
      balances.holdings.map(({ accountType, asset, free, locked, total, priceAsset }) =>
        [accountType, asset, free, locked, total, priceAsset].join(' '),
      ),
    ).toEqual(expected[ccxtId])
  })

  it('reads an empty account as zero holdings', async () => {
    const { server, main, open } = await exchange()
    server.on(main, { body: accountPayloads[ccxtId]?.empty })
    const { holdings } = await open().fetchBalances()
    expect(holdings.filter(({ accountType }) => ccxtId === 'bitfinex' || mainTypes.has(accountType))).toEqual(
      [],
    )
  })

  it.each([
    ['a page', '<!doctype html><title>Just a moment</title>'],
    ['an empty body', ''],
    ['cut JSON', '{"code":"0","data":[{"ccy":'],
    ['an object without an account', '{"success":true}'],
    ['an empty object', '{}'],
    ['a word', '"ok"'],
    ['null', 'null'],
    ['rows of something else', '[["x",1]]'],
    ['an unknown structure', '{"detail":[{"msg":"field required"}],"meta":{"page":1}}'],
  ])('never takes %s for zero balances', async (_name, body) => {
    const { server, main, open } = await exchange()
    server.on(main, { body })
    const error = await refusalOf(open().fetchBalances())
    expect(error).toMatchObject({ code: 'BAD_RESPONSE', retryable: true, keyFault: false })
  })
})
