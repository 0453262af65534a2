/**
 * Public answers (markets, currencies, time) of the exchanges that the tests replay, by path, in the form
 * that each one's API documentation shows, cut down to BTC, ETH, USDT and USD.
 */
const time = 1_763_800_000_000

const binanceSymbol = (base: string, quote: string): object => ({
  symbol: base + quote,
  status: 'TRADING',
  baseAsset: base,
  baseAssetPrecision: 8,
  quoteAsset: quote,
  quotePrecision: 8,
  orderTypes: ['LIMIT', 'MARKET'],
  isSpotTradingAllowed: true,
  isMarginTradingAllowed: false,
  filters: [
    {
      filterType: 'PRICE_FILTER',
      minPrice: '0.01000000',
      maxPrice: '1000000.00000000',
      tickSize: '0.01000000',
    },
    { filterType: 'LOT_SIZE', minQty: '0.00001000', maxQty: '9000.00000000', stepSize: '0.00001000' },
    { filterType: 'NOTIONAL', minNotional: '5.00000000' },
  ],
  permissions: ['SPOT'],
})

const binance = {
  '/api/v3/time': { serverTime: time },
  '/api/v3/exchangeInfo': {
    timezone: 'UTC',
    serverTime: time,
    rateLimits: [],
    symbols: [binanceSymbol('BTC', 'USDT'), binanceSymbol('ETH', 'USDT'), binanceSymbol('LDO', 'USDT')],
  },
}

const mexc = {
  '/api/v1/contract/detail': { success: true, code: 0, data: [] },
  '/api/v3/time': { serverTime: time },
  '/api/v3/exchangeInfo': {
    timezone: 'CST',
    serverTime: time,
    rateLimits: [],
    symbols: [
      {
        symbol: 'BTCUSDT',
        status: '1',
        baseAsset: 'BTC',
        baseAssetPrecision: 8,
        quoteAsset: 'USDT',
        quotePrecision: 2,
        quoteAssetPrecision: 2,
        baseSizePrecision: '0.000001',
        quoteAmountPrecision: '1',
        orderTypes: ['LIMIT'],
        isSpotTradingAllowed: true,
        isMarginTradingAllowed: false,
        permissions: ['SPOT'],
        filters: [],
      },
    ],
  },
}

const kraken = {
  '/0/public/Time': { error: [], result: { unixtime: time / 1000, rfc1123: '' } },
  '/0/public/Assets': {
    error: [],
    result: {
      XXBT: { aclass: 'currency', altname: 'XBT', decimals: 10, display_decimals: 5, status: 'enabled' },
      'XBT.F': { aclass: 'currency', altname: 'XBT.F', decimals: 10, display_decimals: 5, status: 'enabled' },
      XETH: { aclass: 'currency', altname: 'ETH', decimals: 10, display_decimals: 5, status: 'enabled' },
      'ETH2.S': {
        aclass: 'currency',
        altname: 'ETH2.S',
        decimals: 10,
        display_decimals: 5,
        status: 'enabled',
      },
      ZUSD: { aclass: 'currency', altname: 'USD', decimals: 4, display_decimals: 2, status: 'enabled' },
    },
  },
  '/0/public/AssetPairs': {
    error: [],
    result: {
      XXBTZUSD: {
        altname: 'XBTUSD',
        wsname: 'XBT/USD',
        aclass_base: 'currency',
        base: 'XXBT',
        aclass_quote: 'currency',
        quote: 'ZUSD',
        pair_decimals: 1,
        lot_decimals: 8,
        cost_decimals: 5,
        lot_multiplier: 1,
        fees: [[0, 0.4]],
        fees_maker: [[0, 0.25]],
        ordermin: '0.00005',
        costmin: '0.5',
        tick_size: '0.1',
        status: 'online',
      },
    },
  },
}

const bybit = {
  '/v5/market/time': {
    retCode: 0,
    retMsg: 'OK',
    result: { timeSecond: '1763800000', timeNano: '1763800000000000000' },
    time,
  },
  '/v5/market/instruments-info': {
    retCode: 0,
    retMsg: 'OK',
    result: {
      category: 'spot',
      list: [
        {
          symbol: 'BTCUSDT',
          baseCoin: 'BTC',
          quoteCoin: 'USDT',
          status: 'Trading',
          marginTrading: 'both',
          lotSizeFilter: {
            basePrecision: '0.000001',
            quotePrecision: '0.0000001',
            minOrderQty: '0.00001',
            maxOrderQty: '80',
          },
          priceFilter: { tickSize: '0.01' },
        },
      ],
    },
    time,
  },
}

const okx = {
  '/api/v5/public/time': { code: '0', msg: '', data: [{ ts: String(time) }] },
  '/api/v5/public/instruments': {
    code: '0',
    msg: '',
    data: [
      {
        instType: 'SPOT',
        instId: 'BTC-USDT',
        baseCcy: 'BTC',
        quoteCcy: 'USDT',
        state: 'live',
        tickSz: '0.1',
        lotSz: '0.00000001',
        minSz: '0.00001',
        lever: '10',
        instCategory: '1',
      },
    ],
  },
}

const kucoin = {
  '/api/v1/timestamp': { code: '200000', data: time },
  '/api/v3/currencies': {
    code: '200000',
    data: ['BTC', 'USDT'].map((currency) => ({
      currency,
      name: currency,
      fullName: currency,
      precision: 8,
      chains: [],
    })),
  },
  '/api/v2/symbols': {
    code: '200000',
    data: [
      {
        symbol: 'BTC-USDT',
        name: 'BTC-USDT',
        baseCurrency: 'BTC',
        quoteCurrency: 'USDT',
        feeCurrency: 'USDT',
        market: 'USDS',
        baseMinSize: '0.00001',
        quoteMinSize: '0.1',
        baseMaxSize: '10000000000',
        quoteMaxSize: '99999999',
        baseIncrement: '0.00000001',
        quoteIncrement: '0.000001',
        priceIncrement: '0.1',
        enableTrading: true,
        isMarginEnabled: true,
      },
    ],
  },
  '/api/v1/market/allTickers': {
    code: '200000',
    data: { time, ticker: [{ symbol: 'BTC-USDT', makerFeeRate: '0.001', takerFeeRate: '0.001' }] },
  },
}

const gate = {
  '/api/v4/spot/time': { server_time: time },
  '/api/v4/spot/currencies': [
    {
      currency: 'BTC',
      name: 'Bitcoin',
      delisted: false,
      withdraw_disabled: false,
      deposit_disabled: false,
      trade_disabled: false,
      chain: 'BTC',
      chains: [],
    },
  ],
  '/api/v4/margin/currency_pairs': [],
  '/api/v4/spot/currency_pairs': [
    {
      id: 'BTC_USDT',
      base: 'BTC',
      quote: 'USDT',
      fee: '0.2',
      min_base_amount: '0.000001',
      min_quote_amount: '3',
      amount_precision: 6,
      precision: 1,
      trade_status: 'tradable',
      sell_start: 0,
      buy_start: 0,
    },
  ],
}

const bitget = {
  '/api/v2/public/time': { code: '00000', msg: 'success', data: { serverTime: String(time) } },
  '/api/v2/spot/public/coins': {
    code: '00000',
    msg: 'success',
    data: [{ coin: 'BTC', coinId: '1', transfer: 'true', chains: [] }],
  },
  '/api/v2/margin/currencies': { code: '00000', msg: 'success', data: [] },
  '/api/v2/spot/public/symbols': {
    code: '00000',
    msg: 'success',
    data: [
      {
        symbol: 'BTCUSDT',
        baseCoin: 'BTC',
        quoteCoin: 'USDT',
        minTradeAmount: '0',
        maxTradeAmount: '900000000',
        takerFeeRate: '0.002',
        makerFeeRate: '0.002',
        pricePrecision: '2',
        quantityPrecision: '6',
        quotePrecision: '6',
        status: 'online',
        minTradeUSDT: '1',
      },
    ],
  },
}

const bitfinexCurrencies =
  '/v2/conf/pub:list:currency,pub:map:currency:sym,pub:map:currency:label,pub:map:currency:unit,pub:map:currency:undl,pub:map:currency:pool,pub:map:currency:explorer,pub:map:currency:tx:fee,pub:map:tx:method,pub:info:tx:status,pub:list:currency:margin'

const bitfinex = {
  [bitfinexCurrencies]: [
    ['BTC', 'USD', 'UST'],
    [['UST', 'USDt']],
    [['BTC', 'Bitcoin']],
    [],
    [],
    [],
    [],
    [],
    [],
    [],
    ['BTC'],
  ],
  '/v2/conf/pub:info:pair,pub:info:pair:futures,pub:list:pair:securities,pub:list:pair:margin': [
    [['BTCUSD', [null, null, null, '0.00004', '2000.0', null, null, null, 0.2, 0.1, null, null]]],
    [],
    [],
    ['BTCUSD'],
  ],
}

const coinbase = {
  '/v2/time': { data: { iso: '2025-11-22T08:26:40Z', epoch: time / 1000 } },
  '/v2/currencies': { data: [{ id: 'USD', name: 'US Dollar', min_size: '0.01' }] },
  '/v2/currencies/crypto': {
    data: [
      {
        code: 'BTC',
        name: 'Bitcoin',
        exponent: 8,
        type: 'crypto',
        asset_id: '5b71fc48-3dd3-540c-809b-f8c94d0e68b5',
      },
    ],
  },
  '/v2/exchange-rates': { data: { currency: 'USD', rates: { BTC: '0.00001' } } },
  '/api/v3/brokerage/market/products': {
    products: [
      {
        product_id: 'BTC-USD',
        price: '90000',
        base_increment: '0.00000001',
        quote_increment: '0.01',
        quote_min_size: '1',
        base_min_size: '0.00000001',
        base_max_size: '3400',
        base_currency_id: 'BTC',
        quote_currency_id: 'USD',
        product_type: 'SPOT',
        trading_disabled: false,
        status: 'online',
      },
    ],
    num_products: 1,
  },
}

/** The public answers of each exchange, by ccxt's id. */
export const publicPayloads: Record<string, Record<string, unknown>> = {
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
