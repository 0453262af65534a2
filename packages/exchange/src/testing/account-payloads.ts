/**
 * Signed answers of the exchanges that the tests replay, by path, in the form that each one's API
 * documentation shows. `main` is the path of the account that is read first, `empty` its answer for a
 * person who owns nothing.
 */
export interface AccountPayloads {
  main: string
  empty: unknown
  bodies: Record<string, unknown>
}

const binance: AccountPayloads = {
  main: '/api/v3/account',
  empty: { accountType: 'SPOT', canTrade: true, balances: [], permissions: ['SPOT'] },
  bodies: {
    '/api/v3/account': {
      accountType: 'SPOT',
      balances: [
        { asset: 'BTC', free: '0.50000000', locked: '0.10000000' },
        { asset: 'LDBTC', free: '0.25000000', locked: '0.00000000' },
        { asset: 'LDO', free: '7.00000000', locked: '0.00000000' },
        { asset: 'DUST', free: '0.00000000', locked: '0.00000000' },
      ],
    },
    '/sapi/v1/asset/get-funding-asset': [
      { asset: 'USDT', free: '20', locked: '1', freeze: '2', withdrawing: '3', btcValuation: '0' },
    ],
    '/sapi/v1/simple-earn/flexible/position': { rows: [{ asset: 'BTC', totalAmount: '0.25' }], total: 1 },
    '/sapi/v1/simple-earn/locked/position': {
      rows: [{ positionId: 1, asset: 'BTC', amount: '0.75' }],
      total: 1,
    },
    '/sapi/v1/margin/account': {
      borrowEnabled: true,
      userAssets: [
        { asset: 'USDT', free: '100', locked: '0', borrowed: '250', interest: '0.5', netAsset: '-150.5' },
      ],
    },
    '/fapi/v3/account': {
      totalMarginBalance: '22.5',
      assets: [
        { asset: 'USDT', walletBalance: '23', marginBalance: '22.5', availableBalance: '20', updateTime: 0 },
      ],
    },
    '/dapi/v1/account': { assets: [] },
    '/sapi/v1/margin/isolated/account': {
      assets: [
        {
          symbol: 'BTCUSDT',
          baseAsset: { asset: 'BTC', free: '1', locked: '0', borrowed: '0', interest: '0', totalAsset: '1' },
          quoteAsset: {
            asset: 'USDT',
            free: '5',
            locked: '0',
            borrowed: '0',
            interest: '0',
            totalAsset: '5',
          },
        },
      ],
    },
  },
}

const kraken: AccountPayloads = {
  main: '/0/private/BalanceEx',
  empty: { error: [], result: {} },
  bodies: {
    '/0/private/BalanceEx': {
      error: [],
      result: {
        XXBT: { balance: '1.2435000000', hold_trade: '0.8423000000' },
        'XBT.F': { balance: '0.5000000000', hold_trade: '0.0000000000' },
        'XBT.M': { balance: '0.1000000000', hold_trade: '0.0000000000' },
        'ETH2.S': { balance: '2.0000000000', hold_trade: '0.0000000000' },
        'DOT.B': { balance: '3', hold_trade: '0' },
        'DOT28.S': { balance: '5', hold_trade: '0' },
        'XDG.F': { balance: '6', hold_trade: '0' },
        'DOT.P': { balance: '4', hold_trade: '0' },
        ZUSD: { balance: '25435.21', hold_trade: '8249.76' },
      },
    },
  },
}

const bybit: AccountPayloads = {
  main: '/v5/account/wallet-balance',
  empty: { retCode: 0, retMsg: 'OK', result: { list: [] }, time: 1763800000000 },
  bodies: {
    '/v5/user/query-api': { retCode: 0, retMsg: '', result: { id: '1', unified: 0, uta: 1 }, time: 1 },
    '/v5/account/info': { retCode: 0, retMsg: 'OK', result: { unifiedMarginStatus: 5 }, time: 1 },
    '/v5/account/wallet-balance': {
      retCode: 0,
      retMsg: 'OK',
      result: {
        list: [
          {
            accountType: 'UNIFIED',
            totalEquity: '100',
            coin: [
              {
                coin: 'BTC',
                walletBalance: '2',
                locked: '0.5',
                borrowAmount: '0',
                equity: '2',
                availableToWithdraw: '',
              },
            ],
          },
        ],
      },
      time: 1763800000000,
    },
    '/v5/asset/transfer/query-account-coins-balance': {
      retCode: 0,
      retMsg: 'success',
      result: {
        memberId: '1',
        accountType: 'FUND',
        balance: [{ coin: 'USDT', transferBalance: '9', walletBalance: '10', bonus: '' }],
      },
      time: 1763800000000,
    },
    '/v5/earn/position': {
      retCode: 0,
      retMsg: '',
      result: { list: [{ coin: 'USDT', productId: '1', amount: '30' }] },
      time: 1,
    },
  },
}

const okx: AccountPayloads = {
  main: '/api/v5/account/balance',
  empty: { code: '0', msg: '', data: [{ details: [], totalEq: '0', uTime: '1763800000000' }] },
  bodies: {
    '/api/v5/account/balance': {
      code: '0',
      msg: '',
      data: [
        {
          uTime: '1763800000000',
          details: [
            { ccy: 'BTC', eq: '2', availEq: '1.5', cashBal: '2', frozenBal: '0.5' },
            { ccy: 'USDT', eq: '-40', availEq: '0', cashBal: '0', frozenBal: '0', liab: '40' },
          ],
        },
      ],
    },
    '/api/v5/asset/balances': {
      code: '0',
      msg: '',
      data: [{ ccy: 'USDT', bal: '12', availBal: '10', frozenBal: '2' }],
    },
    '/api/v5/finance/savings/balance': {
      code: '0',
      msg: '',
      data: [{ ccy: 'USDT', amt: '11', earnings: '0.1' }],
    },
    '/api/v5/finance/staking-defi/orders-active': {
      code: '0',
      msg: '',
      data: [
        { ordId: '1', ccy: 'DOT', state: '1', investData: [{ ccy: 'DOT', amt: '2.5' }] },
        { ordId: '2', ccy: 'DOT', state: '1', investData: [{ ccy: 'DOT', amt: '0.5' }] },
      ],
    },
  },
}

const kucoin: AccountPayloads = {
  main: '/api/v1/accounts',
  empty: { code: '200000', data: [] },
  bodies: {
    '/api/ua/v1/account/mode': { code: '200000', data: { selfAccountMode: 'CLASSIC' } },
    '/api/v1/accounts': {
      code: '200000',
      data: [
        { id: '1', currency: 'BTC', type: 'trade', balance: '3', available: '2', holds: '1' },
        { id: '2', currency: 'BTC', type: 'main', balance: '0.5', available: '0.5', holds: '0' },
        { id: '3', currency: 'ETH', type: 'trade_hf', balance: '7', available: '7', holds: '0' },
      ],
    },
    '/api/v1/earn/hold-assets': {
      code: '200000',
      data: { totalNum: 1, items: [{ orderId: '1', currency: 'KCS', holdAmount: '6', productType: 'KCS' }] },
    },
    '/api/v3/margin/accounts': {
      code: '200000',
      data: { accounts: [{ currency: 'USDT', total: '10', available: '8', hold: '2', liability: '4' }] },
    },
    '/api/v1/margin/account': {
      code: '200000',
      data: {
        accounts: [
          { currency: 'USDT', totalBalance: '10', availableBalance: '8', holdBalance: '2', liability: '4' },
        ],
      },
    },
    '/api/v1/account-overview': {
      code: '200000',
      data: { currency: 'USDT', accountEquity: 4, availableBalance: 3 },
    },
    '/api/v1/isolated/accounts': { code: '200000', data: { assets: [] } },
    '/api/v3/isolated/accounts': { code: '200000', data: { assets: [] } },
  },
}

const gate: AccountPayloads = {
  main: '/api/v4/spot/accounts',
  empty: [],
  bodies: {
    '/api/v4/account/detail': { user_id: 1, key: { mode: 1 } },
    '/api/v4/spot/accounts': [{ currency: 'BTC', available: '1', locked: '0.25' }],
    '/api/v4/margin/accounts': [],
    '/api/v4/margin/funding_accounts': [
      { currency: 'USDT', available: '3', locked: '0', lent: '2', total_lent: '2' },
    ],
    '/api/v4/futures/usdt/accounts': {
      currency: 'USDT',
      total: '12.5',
      available: '10',
      position_margin: '2.5',
    },
    '/api/v4/futures/btc/accounts': { currency: 'BTC', total: '0', available: '0', position_margin: '0' },
    '/api/v4/earn/uni/lends': [{ currency: 'USDT', amount: '20.5', current_amount: '20.5' }],
  },
}

const bitget: AccountPayloads = {
  main: '/api/v2/spot/account/assets',
  empty: { code: '00000', msg: 'success', data: [] },
  bodies: {
    '/api/v2/spot/account/assets': {
      code: '00000',
      msg: 'success',
      data: [{ coin: 'BTC', available: '1', frozen: '0.5', locked: '0.25', uTime: '1' }],
    },
    '/api/v2/account/funding-assets': {
      code: '00000',
      msg: 'success',
      data: [{ coin: 'USDT', available: '7', frozen: '1' }],
    },
    '/api/v2/earn/account/assets': { code: '00000', msg: 'success', data: [{ coin: 'USDT', amount: '8' }] },
    '/api/v2/margin/crossed/account/assets': {
      code: '00000',
      msg: 'success',
      data: [
        {
          coin: 'USDT',
          totalAmount: '100',
          available: '100',
          frozen: '0',
          borrow: '30',
          interest: '1',
          net: '69',
        },
      ],
    },
    '/api/v2/margin/isolated/account/assets': { code: '00000', msg: 'success', data: [] },
    '/api/v2/mix/account/accounts': {
      code: '00000',
      msg: 'success',
      data: [{ marginCoin: 'USDT', locked: '1', available: '9', maxTransferOut: '9', accountEquity: '10' }],
    },
  },
}

const bitfinex: AccountPayloads = {
  main: '/v2/auth/r/wallets',
  empty: [],
  bodies: {
    // As text: these digits are more than a number of JavaScript holds.
    '/v2/auth/r/wallets':
      '[["exchange","BTC",1.123456789012345678,0,1,null,null],["funding","USD",500,0,400,null,null],["margin","UST",50,0,50,null,null]]',
  },
}

const coinbase: AccountPayloads = {
  main: '/api/v3/brokerage/accounts',
  empty: { accounts: [], has_next: false, cursor: '', size: 0 },
  bodies: {
    '/api/v3/brokerage/accounts': {
      accounts: [
        {
          uuid: '1',
          currency: 'BTC',
          available_balance: { value: '1.5', currency: 'BTC' },
          hold: { value: '0.5', currency: 'BTC' },
          type: 'ACCOUNT_TYPE_CRYPTO',
        },
        {
          uuid: '2',
          currency: 'BTC',
          available_balance: { value: '4', currency: 'BTC' },
          hold: { value: '0', currency: 'BTC' },
          type: 'ACCOUNT_TYPE_VAULT',
        },
      ],
      has_next: false,
      cursor: '',
      size: 2,
    },
  },
}

const mexc: AccountPayloads = {
  main: '/api/v3/account',
  empty: { accountType: 'SPOT', balances: [], permissions: ['SPOT'] },
  bodies: {
    '/api/v3/account': { accountType: 'SPOT', balances: [{ asset: 'BTC', free: '3', locked: '1' }] },
    '/api/v1/private/account/assets': {
      success: true,
      code: 0,
      data: [{ currency: 'USDT', equity: 5.5, availableBalance: 5, positionMargin: 0.5 }],
    },
  },
}

/** The signed answers of each exchange, by ccxt's id. */
export const accountPayloads: Record<string, AccountPayloads> = {
  binance,
  bitfinex,
  bitget,
  bybit,
  coinbase,
  gate,
  kraken,
  kucoin,
  mexc,
  okx,
}
