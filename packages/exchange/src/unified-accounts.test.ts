import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { accountTypesOf } from './account-types.ts'
import { openConnection } from './connection.ts'
import { toHoldings } from './normalize.ts'
import { madeUpCredentials } from './testing/credentials.ts'
import { heldAnswers } from './testing/held-answers.ts'
import { type ReplayServer, startReplayServer } from './testing/replay-server.ts'
import { refusalOf } from './testing/replayed-exchange.ts'

let server: ReplayServer
beforeAll(async () => {
  server = await startReplayServer()
})
beforeEach(() => server.forget())
afterAll(() => server.close())

/** What all account types of an exchange hold that answers its paths with these bodies, and 404 to the rest. */
async function read(
  ccxtId: string,
  bodies: Record<string, unknown>,
  under = `/${ccxtId}`,
): Promise<string[]> {
  for (const [path, body] of Object.entries(bodies)) server.on(`${under}${path}`, { body })
  const connection = openConnection({
    exchangeId: ccxtId,
    ccxtId,
    credentials: madeUpCredentials(ccxtId),
    baseUrl: `${server.url}${under}`,
    paceMs: 0,
  })
  try {
    const stated = await connection.run(async (exchange) => {
      exchange.setMarkets([])
      heldAnswers[ccxtId]?.prepare?.(exchange)
      const all = []
      for (const [index, type] of accountTypesOf({ exchangeId: ccxtId, exchange }).entries()) {
        const read = type.read({ exchange, lastJson: connection.lastJson })
        // What has no body here is an account that the person does not have.
        all.push(...(await (index === 0 ? read : read.catch(() => []))))
      }
      return all
    })
    return toHoldings(stated).holdings.map(({ accountType, asset, free, locked }) =>
      [accountType, asset, free, locked].join(' '),
    )
  } finally {
    connection.close()
  }
}

describe('a unified account', () => {
  it('of Bitget is read once, with debts taken off once', async () => {
    const holdings = await read('bitget', {
      '/api/v3/account/settings': { code: '00000', msg: 'success', data: { accountMode: 'unified' } },
      '/api/v3/account/assets': {
        code: '00000',
        msg: 'success',
        data: {
          accountEquity: '5',
          assets: [
            { coin: 'USDT', equity: '6', balance: '8', available: '5', debt: '2', locked: '1' },
            { coin: 'BTC', equity: '0', balance: '0', available: '0', debt: '0', locked: '0' },
          ],
        },
      },
      '/api/v3/account/funding-assets': {
        code: '00000',
        data: [{ coin: 'BGB', available: '0.01', frozen: '0', balance: '0.01' }],
      },
    })
    expect(holdings).toEqual(['funding BGB 0.01 0', 'unified USDT 5 1'])
  })

  it('of KuCoin is read once, by its equity', async () => {
    const currencies = [
      { currency: 'USDT', equity: '90', hold: '7', balance: '97', available: '90', liability: '7' },
    ]
    const holdings = await read('kucoin', {
      '/api/ua/v1/account/mode': { code: '200000', data: { selfAccountMode: 'UNIFIED' } },
      '/api/ua/v1/unified/account/balance': { code: '200000', data: { accounts: [{ currencies }] } },
      '/api/ua/v1/account/balance': { code: '200000', data: { accounts: [] } },
    })
    expect(holdings).toEqual(['unified USDT 83 7'])
  })

  it('of Gate is read once, as unified', async () => {
    const holdings = await read('gate', {
      '/api/v4/account/detail': { user_id: 1, key: { mode: 2 } },
      '/api/v4/unified/accounts': {
        user_id: 1,
        balances: { USDT: { available: '10', freeze: '2', borrowed: '3', equity: '9' } },
      },
    })
    expect(holdings).toEqual(['unified USDT 7 2'])
  })

  it('is not taken for another kind while the exchange does not say which it is', async () => {
    for (const reply of [{ status: 503 }, { status: 429 }, { body: '<html>' }]) {
      server.on('/gate/api/v4/account/detail', reply)
      expect((await refusalOf(read('gate', { '/api/v4/spot/accounts': [] }))).retryable).toBe(true)
      expect(server.count('/gate/api/v4/spot/accounts')).toBe(0)
    }
  })

  it('of Bybit owes what was borrowed once: beside the balance, or in it', async () => {
    const coins = [
      { coin: 'USDT', walletBalance: '100', spotBorrow: '40', borrowAmount: '40', accruedInterest: '0.1' },
      { coin: 'USDC', walletBalance: '-30', borrowAmount: '30', accruedInterest: '0' },
      { coin: 'BTC', walletBalance: '2', borrowAmount: '0.5', accruedInterest: '0.1', locked: '0.2' },
    ]
    const holdings = await read('bybit', {
      '/v5/user/query-api': { retCode: 0, result: { unified: 0, uta: 1 } },
      '/v5/account/info': { retCode: 0, result: { unifiedMarginStatus: 6 } },
      '/v5/account/wallet-balance': {
        retCode: 0,
        result: { list: [{ accountType: 'UNIFIED', coin: coins }] },
      },
    })
    expect(holdings).toEqual(['trading BTC 1.2 0.2', 'trading USDC -30 0', 'trading USDT 60 0'])
  })
})

describe('amounts that ccxt loses', () => {
  it('are the other markets of an asset in isolated margin at Bitget', async () => {
    const row = (symbol: string, totalAmount: string): object => ({
      ...{
        symbol,
        coin: 'USDT',
        totalAmount,
        available: totalAmount,
        frozen: '0',
        borrow: '1',
        interest: '0.5',
      },
    })
    const holdings = await read('bitget', {
      '/api/v3/account/settings': { code: '40084', msg: 'not a unified account', data: null },
      '/api/v2/spot/account/assets': {
        code: '00000',
        data: [{ coin: 'BTC', available: '1', frozen: '0.5', uTime: '1' }],
      },
      '/api/v2/margin/isolated/account/assets': {
        code: '00000',
        data: [row('BTCUSDT', '10'), row('ETHUSDT', '20')],
      },
    })
    expect(holdings).toEqual(['isolated-margin USDT 27 0', 'spot BTC 1 0.5'])
  })

  it('are the interest owed in isolated margin at Gate', async () => {
    const side = (currency: string, available: string, borrowed: string): object => ({
      ...{ currency, available, locked: '0.5', borrowed, interest: borrowed === '0' ? '0' : '0.25' },
    })
    const holdings = await read('gate', {
      '/api/v4/account/detail': { user_id: 1, key: { mode: 1 } },
      '/api/v4/spot/accounts': [],
      '/api/v4/margin/accounts': [
        { currency_pair: 'BTC_USDT', base: side('BTC', '1', '0'), quote: side('USDT', '10', '4') },
        { currency_pair: 'ETH_USDT', base: side('ETH', '2', '0'), quote: side('USDT', '1', '0') },
      ],
    })
    expect(holdings).toEqual([
      'isolated-margin BTC 1 0.5',
      'isolated-margin ETH 2 0.5',
      'isolated-margin USDT 6.75 1',
    ])
  })

  it('are nothing that is told of a row without a name, in whatever notation', async () => {
    const nothing = { balance: '0E-8', hold_trade: '0E-8' }
    const result = { '': nothing, USDT: { balance: '2E-7', hold_trade: '0E+2' } }
    expect(await read('kraken', { '/0/private/BalanceEx': { error: [], result } })).toEqual([
      'spot USDT 0.0000002 0',
    ])
  })

  it('are what is lent at Gate, and not the spot balance that its lending states again', async () => {
    const holdings = await read('gate', {
      '/api/v4/account/detail': { user_id: 1, key: { mode: 1 } },
      '/api/v4/spot/accounts': [{ currency: 'USDT', available: '100', locked: '5' }],
      '/api/v4/margin/accounts': [],
      '/api/v4/margin/funding_accounts': [
        { currency: 'USDT', available: '100', locked: '3', lent: '7', total_lent: '10' },
      ],
    })
    expect(holdings).toEqual(['funding USDT 0 10', 'spot USDT 100 5'])
  })

  it("are the single markets of Kraken's futures, with what is open in them", async () => {
    const market = (currency: string, pv: string, af: string): object => ({
      ...{ type: 'marginAccount', currency, balances: { [currency]: '11', [`fi_${currency}usd`]: '500' } },
      auxiliary: { usd: '0', pv, pnl: '0', af, funding: '0' },
    })
    const holdings = await read('krakenfutures', {
      '/derivatives/api/v3/accounts': {
        result: 'success',
        accounts: {
          fi_xrpusd: market('xrp', '12', '10'),
          fi_ltcusd: market('ltc', '9', '9'),
          fv_xrpxbt: { ...market('xbt', '', ''), auxiliary: {} },
          cash: { type: 'cashAccount', balances: { eur: '3', usd: '0' } },
          flex: {
            type: 'multiCollateralMarginAccount',
            currencies: { USD: { quantity: '100', available: '90' } },
            totalUnrealized: '-5.5',
          },
        },
      },
    })
    expect(holdings).toEqual([
      'funding EUR 3 0',
      'isolated-margin BTC 11 0',
      'isolated-margin LTC 9 0',
      'isolated-margin XRP 10 2',
      'trading USD 84.5 10',
    ])
  })

  it('are the loans of HTX, and its accounts besides spot', async () => {
    const row = (type: string, balance: string): object => ({ currency: 'usdt', type, balance })
    const holdings = await read('htx', {
      '/v1/account/accounts': {
        status: 'ok',
        data: [
          { id: 1, type: 'spot', subtype: '', state: 'working' },
          { id: 2, type: 'super-margin', subtype: '', state: 'working' },
          { id: 3, type: 'point', subtype: '', state: 'working' },
          { id: 4, type: 'deposit-earning', subtype: '', state: 'working' },
          { id: 5, type: 'grid-trading', subtype: '', state: 'working' },
        ],
      },
      '/v1/account/accounts/4/balance': {
        status: 'ok',
        data: { id: 4, list: [row('trade', '6'), row('bank', '2')] },
      },
      '/v1/account/accounts/5/balance': {
        status: 'ok',
        data: { id: 5, list: [row('trade', '1'), row('frozen', '8')] },
      },
      '/v1/account/accounts/1/balance': {
        status: 'ok',
        data: { id: 1, list: [row('trade', '5'), row('frozen', '1.5'), row('lock', '0.5')] },
      },
      '/v1/account/accounts/2/balance': {
        status: 'ok',
        data: {
          id: 2,
          list: [
            row('trade', '100'),
            row('frozen', '0'),
            row('loan', '-30'),
            row('interest', '-0.25'),
            row('loan-available', '200'),
            row('transfer-out-available', '-1'),
          ],
        },
      },
    })
    expect(holdings).toEqual(['earn USDT 6 2', 'grid USDT 1 8', 'margin USDT 69.75 0', 'spot USDT 5 2'])
  })

  it('are the quote assets of margin at CoinEx, and the spot assets of Lighter', async () => {
    const both = (base: string, quote: string): object => ({ base_ccy: base, quote_ccy: quote })
    expect(
      await read('coinex', {
        '/v2/assets/spot/balance': { code: 0, data: [{ ccy: 'USDT', available: '1', frozen: '0' }] },
        '/v2/assets/margin/balance': {
          code: 0,
          data: [
            {
              ...both('BTC', 'USDT'),
              available: both('1', '7'),
              frozen: both('0', '2'),
              repaid: both('0', '4'),
              interest: both('0', '0.5'),
            },
          ],
        },
      }),
    ).toEqual(['isolated-margin BTC 1 0', 'isolated-margin USDT 2.5 2', 'spot USDT 1 0'])
    const assets = [{ symbol: 'ETH', asset_id: '1', balance: '3.00000000', locked_balance: '0.50000000' }]
    const account = { index: '1', account_index: '1', collateral: '9', available_balance: '8', assets }
    const lighter = { code: 200, total: 1, accounts: [account], sub_accounts: [account] }
    expect(
      await read('lighter', { '/api/v1/account': lighter, '/api/v1/accountsByL1Address': lighter }),
    ).toEqual(['spot ETH 2.5 0.5', 'trading USDC 8 1'])
  })

  it('are what positions at dYdX are worth', async () => {
    const path = '/v4/addresses/0x2222222222222222222222222222222222222222/subaccountNumber/0'
    const body = {
      subaccount: { equity: '161451.04', freeCollateral: '152508.28', openPerpetualPositions: {} },
    }
    expect(await read('dydx', { [path]: body })).toEqual(['trading USDC 152508.28 8942.76'])
  })

  it('are the other currencies of futures at KuCoin', async () => {
    server.on('/kucoinfutures/api/v1/account-overview', ({ query }) => ({
      body: {
        code: '200000',
        data: { currency: query.get('currency'), accountEquity: 2.5, availableBalance: 1.5 },
      },
    }))
    const holdings = await read('kucoinfutures', {})
    expect(holdings).toEqual(['trading BTC 1.5 1', 'trading USDC 1.5 1', 'trading USDT 1.5 1'])
  })

  it('are savings of a second kind at Bybit, which count once if the answer does not tell them apart', async () => {
    const probes = {
      '/v5/user/query-api': { retCode: 0, result: { unified: 0, uta: 1 } },
      '/v5/account/info': { retCode: 0, result: { unifiedMarginStatus: 6 } },
      '/v5/account/wallet-balance': { retCode: 0, result: { list: [] } },
    }
    const row = (coin: string): object => ({ coin, amount: '3', productId: coin })
    const earn = (rows: object[]): object => ({ retCode: 0, result: { list: rows } })
    server.on('/bybit/v5/earn/position', ({ query }) => ({
      body: earn(query.get('category') === 'OnChain' ? [row('ETH')] : [row('USDT')]),
    }))
    expect(await read('bybit', probes)).toEqual(['earn USDT 0 3', 'staking ETH 0 3'])
    expect(await read('bybit', { ...probes, '/v5/earn/position': earn([row('USDT')]) })).toEqual([
      'earn USDT 0 3',
    ])
  })
})

describe('an account of more than coins', () => {
  it('keeps the shares at Alpaca apart from coins of their name', async () => {
    server.onAny(({ path }) => ({
      body: path.endsWith('/positions')
        ? [
            { symbol: 'BTCUSD', asset_class: 'crypto', qty: '2', qty_available: '1.5' },
            { symbol: 'ETH/USD', qty: '3', qty_available: '3' },
            { symbol: 'LINK', asset_class: 'us_equity', qty: '4', qty_available: '4' },
          ]
        : { currency: 'USD', cash: '90', equity: '1100', position_market_value: '1000' },
    }))
    expect(await read('alpaca', {})).toEqual([
      'spot BTC 1.5 0.5',
      'spot ETH 3 0',
      'spot LINK 4 0',
      'spot USD 90 10',
    ])
  })
})

describe('what open positions have lost', () => {
  const gateClassic = {
    '/api/v4/account/detail': { user_id: 1, key: { mode: 1 } },
    '/api/v4/spot/accounts': [],
  }
  const bybitProbes = {
    '/v5/user/query-api': { retCode: 0, result: { unified: 0, uta: 1 } },
    '/v5/account/info': { retCode: 0, result: { unifiedMarginStatus: 6 } },
  }
  const bybitCoin = { coin: 'USDT', walletBalance: '4271', equity: '3967.25', unrealisedPnl: '-303.75' }
  const bybitOf = (coin: object): Record<string, unknown> => ({
    ...bybitProbes,
    '/v5/account/wallet-balance': {
      retCode: 0,
      result: { list: [{ accountType: 'UNIFIED', coin: [coin] }] },
    },
  })

  it('at Bybit is in the equity of a coin, as are its options and what is owed', async () => {
    const coins = [
      { ...bybitCoin, equity: '3980', spotBorrow: '0', borrowAmount: '0' },
      { coin: 'USDC', walletBalance: '100', equity: '62.5', spotBorrow: '40', borrowAmount: '40' },
      { coin: 'BTC', walletBalance: '0', equity: '0.5', unrealisedPnl: '0', spotBorrow: '0' },
      { coin: 'ETH', walletBalance: '2', equity: '', unrealisedPnl: '0.5', spotBorrow: '1' },
    ]
    const bodies = bybitOf(bybitCoin)
    const result = { list: [{ accountType: 'UNIFIED', coin: coins }] }
    const answers = { ...bodies, '/v5/account/wallet-balance': { retCode: 0, result } }
    expect(await read('bybit', answers, '/equity')).toEqual([
      'trading BTC 0.5 0',
      'trading ETH 1.5 0',
      'trading USDC 62.5 0',
      'trading USDT 3980 0',
    ])
  })

  /** Accounts with 4271 of a dollar whose open positions have lost 303.75: what is theirs is 3967.25. */
  const accounts: [ccxtId: string, bodies: Record<string, unknown>, asset: string][] = [
    [
      'bybit',
      bybitOf({ ...bybitCoin, totalPositionIM: '2466', locked: '0', borrowAmount: '0', spotBorrow: '0' }),
      'USDT',
    ],
    [
      'okx',
      {
        '/api/v5/account/balance': {
          code: '0',
          data: [
            {
              details: [{ ccy: 'USDT', eq: '3967.25', upl: '-303.75', cashBal: '4271', availEq: '1501.25' }],
            },
          ],
        },
      },
      'USDT',
    ],
    [
      'binanceusdm',
      {
        '/fapi/v3/account': {
          assets: [
            {
              asset: 'USDT',
              walletBalance: '4271',
              unrealizedProfit: '-303.75',
              marginBalance: '3967.25',
              availableBalance: '1501.25',
            },
          ],
        },
      },
      'USDT',
    ],
    [
      'binancecoinm',
      {
        '/dapi/v1/account': {
          assets: [
            {
              asset: 'BTC',
              walletBalance: '4271',
              unrealizedProfit: '-303.75',
              marginBalance: '3967.25',
              availableBalance: '1501.25',
            },
          ],
        },
      },
      'BTC',
    ],
    [
      'bitget',
      {
        '/api/v3/account/settings': { code: '40084', data: null },
        '/api/v2/spot/account/assets': { code: '00000', data: [] },
        '/api/v2/mix/account/accounts': {
          code: '00000',
          data: [
            {
              marginCoin: 'USDT',
              available: '4271',
              accountEquity: '3967.25',
              unrealizedPL: '-303.75',
              maxTransferOut: '1501.25',
            },
          ],
        },
      },
      'USDT',
    ],
    [
      'bitget',
      {
        '/api/v3/account/settings': { code: '00000', data: {} },
        '/api/v3/account/assets': {
          code: '00000',
          data: {
            assets: [
              {
                coin: 'USDT',
                balance: '4271',
                equity: '3967.25',
                available: '1501.25',
                debt: '0',
                locked: '0',
              },
            ],
          },
        },
        '/api/v3/account/funding-assets': { code: '00000', data: [] },
      },
      'USDT',
    ],
    [
      'gate',
      {
        ...gateClassic,
        '/api/v4/futures/usdt/accounts': {
          currency: 'USDT',
          total: '4271',
          unrealised_pnl: '-303.75',
          available: '1501.25',
          position_margin: '2466',
        },
      },
      'USDT',
    ],
    [
      'gate',
      {
        '/api/v4/account/detail': { user_id: 1, key: { mode: 2 } },
        '/api/v4/unified/accounts': {
          balances: { USDT: { available: '4271', freeze: '0', borrowed: '0', equity: '3967.25' } },
        },
      },
      'USDT',
    ],
    [
      'kucoin',
      {
        '/api/ua/v1/account/mode': { code: '200000', data: { selfAccountMode: 'CLASSIC' } },
        '/api/v1/accounts': { code: '200000', data: [] },
        '/api/v1/account-overview': {
          code: '200000',
          data: {
            currency: 'USDT',
            accountEquity: '3967.25',
            unrealisedPNL: '-303.75',
            marginBalance: '4271',
            availableBalance: '1501.25',
          },
        },
      },
      'USDT',
    ],
    [
      'kucoinfutures',
      {
        '/api/v1/account-overview': {
          code: '200000',
          data: {
            currency: 'USDT',
            accountEquity: '3967.25',
            unrealisedPNL: '-303.75',
            marginBalance: '4271',
            availableBalance: '1501.25',
          },
        },
      },
      'USDT',
    ],
    [
      'mexc',
      {
        '/api/v3/account': { balances: [] },
        '/api/v1/private/account/assets': {
          success: true,
          code: 0,
          data: [
            {
              currency: 'USDT',
              equity: '3967.25',
              cashBalance: '4271',
              unrealized: '-303.75',
              availableBalance: '1501.25',
            },
          ],
        },
      },
      'USDT',
    ],
    [
      'blofin',
      {
        '/api/v1/account/balance': {
          code: '0',
          data: {
            details: [
              {
                currency: 'USDT',
                equity: '3967.25',
                balance: '4271',
                isolatedUnrealizedPnl: '-303.75',
                available: '1501.25',
              },
            ],
          },
        },
      },
      'USDT',
    ],
    [
      'hyperliquid',
      { '/info': { marginSummary: { accountValue: '3967.25', totalMarginUsed: '2466' } } },
      'USDC',
    ],
    [
      'krakenfutures',
      {
        '/derivatives/api/v3/accounts': {
          result: 'success',
          accounts: {
            flex: {
              type: 'multiCollateralMarginAccount',
              currencies: { USD: { quantity: '4271', available: '4271' } },
              pnl: '-303.75',
              unrealizedFunding: '0',
              totalUnrealized: '-303.75',
            },
          },
        },
      },
      'USD',
    ],
    [
      'deribit',
      {
        '/api/v2/private/get_account_summaries': {
          result: {
            summaries: [
              {
                currency: 'USDC',
                balance: '4271',
                equity: '3967.25',
                available_funds: '1501.25',
                maintenance_margin: '100',
              },
            ],
          },
        },
      },
      'USDC',
    ],
  ]

  it.each(accounts.map((account, index) => [...account, index] as const))(
    'is not owned any more, and what was won is: %s',
    async (ccxtId, bodies, asset, index) => {
      const lines = (await read(ccxtId, bodies, `/positions-${index}`)).filter((line) =>
        line.includes(` ${asset} `),
      )
      const totals = lines.map((line) =>
        line
          .split(' ')
          .slice(2)
          .reduce((sum, part) => sum + Number(part), 0),
      )
      expect(totals).toEqual([3967.25])
    },
  )

  const position = { unrealized_pnl: '-303.75' }
  const lighterAccount = {
    ...{ index: '1', account_index: '1', collateral: '4271', available_balance: '1501.25', assets: [] },
    positions: [{ unrealized_pnl: '-303.5' }, { unrealized_pnl: '-0.25' }],
  }

  it.each<[ccxtId: string, body: unknown, holds: string]>([
    ['apex', { data: { totalEquityValue: '3967.25', availableBalance: '1501.25' } }, 'USDT'],
    [
      'cryptocom',
      {
        code: 0,
        result: {
          data: [
            {
              ...{ instrument_name: 'USD', total_session_unrealized_pnl: '-303.75' },
              position_balances: [{ instrument_name: 'USD', quantity: '4271', reserved_qty: '2466' }],
            },
          ],
        },
      },
      'USD',
    ],
    [
      'derive',
      { result: [{ positions_value: '-303.75', collaterals: [{ currency: 'USDC', amount: '4271' }] }] },
      'USDC',
    ],
    ['dydx', { subaccount: { equity: '3967.25', freeCollateral: '1501.25' } }, 'USDC'],
    [
      'grvt',
      {
        result: {
          settle_currency: 'USDT',
          ...position,
          spot_balances: [{ currency: 'USDT', balance: '4271' }],
        },
      },
      'USDT',
    ],
    ['lighter', { code: 200, accounts: [lighterAccount], sub_accounts: [lighterAccount] }, 'USDC'],
    [
      'pacifica',
      {
        data: {
          ...{
            balance: '4271',
            total_margin_used: '2466',
            account_equity: '4967.25',
            spot_market_value: '1000',
          },
          spot_balances: [{ symbol: 'SOL', amount: '5', available_to_withdraw: '5' }],
        },
      },
      'USDC',
    ],
  ])('is not owned any more in the only account there is: %s', async (ccxtId, body, asset) => {
    server.onAny(() => ({ body }))
    const lines = (await read(ccxtId, {}, '/only')).filter((line) => line.includes(` ${asset} `))
    const totals = lines.map((line) =>
      line
        .split(' ')
        .slice(2)
        .reduce((sum, part) => sum + Number(part), 0),
    )
    expect(totals).toEqual([3967.25])
  })
})
