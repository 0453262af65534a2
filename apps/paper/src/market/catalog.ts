/** What the simulation knows of an asset: how it trades against USDT. */
export interface AssetProfile {
  asset: string
  name: string
  /** Price in USDT that the simulation wanders around. */
  price: number
  /** Decimal places of its price in USDT. */
  priceDecimals: number
  /** Decimal places of its quantity. */
  quantityDecimals: number
  /** Standard deviation of a day's return that is the asset's own. */
  volatility: number
  /** How much of BTC's moves it shares. */
  beta: number
  /** Usual volume of a day against USDT, in USDT. */
  dailyVolume: number
  fiat?: boolean
}

/** Standard deviation of BTC's daily return. */
export const BTC_VOLATILITY = 0.022

function profile(
  row: [string, string, number, number, number, number, number, number],
  fiat = false,
): AssetProfile {
  const [asset, name, price, priceDecimals, quantityDecimals, volatility, beta, dailyVolume] = row
  return { asset, name, price, priceDecimals, quantityDecimals, volatility, beta, dailyVolume, fiat }
}

/** The quote of most markets; it has no market against itself. */
export const USDT = profile(['USDT', 'TetherUS', 1, 8, 8, 0, 0, 0])

/** Assets that trade against USDT: name, price, decimals of price and quantity, volatility, beta, volume. */
export const ASSETS: readonly AssetProfile[] = [
  profile(['BTC', 'Bitcoin', 84_000, 2, 5, 0, 1, 2_100_000_000]),
  profile(['ETH', 'Ethereum', 3_100, 2, 4, 0.013, 1.1, 1_400_000_000]),
  profile(['BNB', 'BNB', 690, 2, 3, 0.012, 0.8, 260_000_000]),
  profile(['SOL', 'Solana', 168, 2, 3, 0.021, 1.2, 620_000_000]),
  profile(['XRP', 'XRP', 1.9, 4, 1, 0.02, 0.9, 450_000_000]),
  profile(['ADA', 'Cardano', 0.62, 4, 1, 0.02, 1, 110_000_000]),
  profile(['DOGE', 'Dogecoin', 0.19, 5, 0, 0.024, 1.1, 240_000_000]),
  profile(['AVAX', 'Avalanche', 24, 2, 2, 0.021, 1.2, 70_000_000]),
  profile(['DOT', 'Polkadot', 4.9, 3, 2, 0.018, 1.1, 36_000_000]),
  profile(['LINK', 'ChainLink', 16.4, 2, 2, 0.019, 1.1, 82_000_000]),
  profile(['LTC', 'Litecoin', 92, 2, 3, 0.017, 0.9, 61_000_000]),
  profile(['BCH', 'Bitcoin Cash', 480, 1, 3, 0.017, 0.9, 44_000_000]),
  profile(['ATOM', 'Cosmos', 4.6, 3, 2, 0.019, 1.1, 19_000_000]),
  profile(['UNI', 'Uniswap', 8.2, 3, 2, 0.022, 1.2, 33_000_000]),
  profile(['NEAR', 'NEAR Protocol', 2.9, 3, 1, 0.023, 1.2, 41_000_000]),
  profile(['APT', 'Aptos', 4.8, 3, 2, 0.024, 1.2, 27_000_000]),
  profile(['ARB', 'Arbitrum', 0.43, 4, 1, 0.024, 1.2, 31_000_000]),
  profile(['OP', 'Optimism', 0.71, 3, 2, 0.025, 1.3, 22_000_000]),
  profile(['FIL', 'Filecoin', 2.4, 3, 2, 0.021, 1.1, 24_000_000]),
  profile(['TRX', 'TRON', 0.29, 4, 1, 0.01, 0.4, 88_000_000]),
  profile(['XLM', 'Stellar Lumens', 0.31, 4, 0, 0.021, 0.9, 29_000_000]),
  profile(['ETC', 'Ethereum Classic', 18.6, 2, 2, 0.018, 1.1, 21_000_000]),
  profile(['AAVE', 'Aave', 212, 2, 3, 0.022, 1.2, 39_000_000]),
  profile(['SUI', 'Sui', 2.7, 4, 1, 0.026, 1.2, 150_000_000]),
  profile(['INJ', 'Injective', 9.8, 3, 2, 0.025, 1.3, 17_000_000]),
  profile(['TON', 'Toncoin', 2.8, 3, 2, 0.016, 0.8, 18_000_000]),
  profile(['HBAR', 'Hedera', 0.17, 5, 0, 0.024, 1, 37_000_000]),
  profile(['ALGO', 'Algorand', 0.2, 4, 0, 0.022, 1.1, 16_000_000]),
  profile(['SHIB', 'SHIBA INU', 0.0000121, 8, 0, 0.023, 1.1, 25_000_000]),
  profile(['PEPE', 'Pepe', 0.0000089, 8, 0, 0.032, 1.4, 120_000_000]),
  profile(['USDC', 'USD Coin', 0.9998, 4, 0, 0.00006, 0, 910_000_000]),
  profile(['EUR', 'Euro', 1.12, 4, 1, 0.0024, 0.02, 48_000_000], true),
]

/** The price in USDT that an asset wanders around: near enough to turn a volume into a quantity. */
export function usualPrice(asset: string): number {
  return ASSETS.find((known) => known.asset === asset)?.price ?? 1
}

/** A market whose price is the ratio of two assets' prices in USDT. */
export interface CrossProfile {
  base: string
  quote: string
  priceDecimals: number
  quantityDecimals: number
  /** Usual volume of a day, in USDT. */
  dailyVolume: number
}

function cross(row: [string, string, number, number, number]): CrossProfile {
  const [base, quote, priceDecimals, quantityDecimals, dailyVolume] = row
  return { base, quote, priceDecimals, quantityDecimals, dailyVolume }
}

/** Markets against BTC, ETH, EUR and USDC. */
export const CROSSES: readonly CrossProfile[] = [
  cross(['ETH', 'BTC', 5, 4, 120_000_000]),
  cross(['BNB', 'BTC', 6, 3, 16_000_000]),
  cross(['SOL', 'BTC', 7, 3, 24_000_000]),
  cross(['XRP', 'BTC', 8, 0, 15_000_000]),
  cross(['LTC', 'BTC', 6, 3, 6_000_000]),
  cross(['LINK', 'BTC', 7, 2, 5_000_000]),
  cross(['ADA', 'BTC', 8, 1, 5_000_000]),
  cross(['DOT', 'BTC', 8, 2, 2_000_000]),
  cross(['BNB', 'ETH', 5, 3, 4_000_000]),
  cross(['SOL', 'ETH', 5, 3, 5_000_000]),
  cross(['LINK', 'ETH', 6, 2, 2_000_000]),
  cross(['BTC', 'EUR', 2, 5, 42_000_000]),
  cross(['ETH', 'EUR', 2, 4, 24_000_000]),
  cross(['SOL', 'EUR', 2, 3, 11_000_000]),
  cross(['XRP', 'EUR', 4, 1, 9_000_000]),
  cross(['BTC', 'USDC', 2, 5, 380_000_000]),
  cross(['ETH', 'USDC', 2, 4, 160_000_000]),
]
