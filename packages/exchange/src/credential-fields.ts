import type { CredentialField, CredentialName } from './types.ts'

/** The order in which a form asks, which is the order in which exchanges show them. */
export const credentialNames: readonly CredentialName[] = [
  'apiKey',
  'secret',
  'password',
  'uid',
  'accountId',
  'login',
  'twofa',
  'walletAddress',
  'privateKey',
  'token',
]

const usualFields: Record<CredentialName, Omit<CredentialField, 'name'>> = {
  apiKey: {
    label: 'API key',
    secret: false,
    multiline: false,
    hint: 'Leave withdrawals off when you make the key: reading balances does not need them.',
  },
  secret: { label: 'API secret', secret: true, multiline: true },
  password: {
    label: 'Passphrase',
    secret: true,
    multiline: false,
    hint: 'The passphrase that you chose for this API key, not the password of your account.',
  },
  uid: { label: 'User id', secret: false, multiline: false },
  accountId: { label: 'Account id', secret: false, multiline: false },
  login: { label: 'Login name', secret: false, multiline: false },
  twofa: {
    label: 'Two-factor secret',
    secret: true,
    multiline: false,
    hint: 'The secret that the exchange showed when you set up two-factor sign-in, not a six-digit code.',
  },
  walletAddress: {
    label: 'Wallet address',
    secret: false,
    multiline: false,
    hint: 'The public address of the wallet that trades.',
  },
  privateKey: {
    label: 'Private key',
    secret: true,
    multiline: true,
    hint: 'Use a key that the exchange lets only trade or read, never the key of the wallet itself.',
  },
  token: { label: 'Access token', secret: true, multiline: false },
}

type Wording = Partial<Omit<CredentialField, 'name'>>

/** Where an exchange uses other words, or needs advice of its own. */
const ownWords: Record<string, Partial<Record<CredentialName, Wording>>> = {
  binance: {
    apiKey: {
      hint: 'Tick "Enable Reading" only; leave withdrawals off. A key with an IP list must allow this server.',
    },
    secret: {
      label: 'Secret key',
      hint: 'For an Ed25519 or RSA key paste the whole private key in PEM form.',
    },
  },
  bitfinex: {
    apiKey: { hint: 'Give it "Get wallet balances and addresses"; leave withdrawals off.' },
  },
  bitget: {
    apiKey: { hint: 'Choose read-only; leave withdrawals off.' },
  },
  bybit: {
    apiKey: {
      hint: 'A system-generated, read-only key. Without an IP list Bybit lets it expire after three months.',
    },
  },
  coinbase: {
    apiKey: {
      label: 'API key name',
      hint: 'The whole name, such as organizations/…/apiKeys/…; give it "view" only.',
    },
    secret: {
      label: 'Private key',
      hint: 'The whole PEM block, from BEGIN to END; the \\n form of the downloaded file works as well.',
    },
  },
  gate: {
    apiKey: { hint: 'An APIv4 key, read-only for spot, wallet, earn and margin.' },
  },
  kraken: {
    apiKey: { hint: 'Give it "Query Funds"; leave "Withdraw Funds" off.' },
    secret: { label: 'Private key', multiline: false },
  },
  krakenfutures: { secret: { multiline: false } },
  kucoin: {
    apiKey: { hint: 'The "General" permission is enough; leave transfer and withdrawal off.' },
  },
  mexc: {
    apiKey: {
      label: 'Access key',
      hint: 'Tick "Account: view"; a key without an IP list expires after 90 days.',
    },
    secret: { label: 'Secret key' },
  },
  okx: {
    apiKey: { hint: 'The "Read" permission is enough; leave "Withdraw" off.' },
    secret: { label: 'Secret key' },
  },
  mudrex: { secret: { label: 'API secret' } },
  hyperliquid: {
    walletAddress: { hint: 'The address of your main account, not of the agent wallet.' },
    privateKey: {
      label: "API wallet's private key",
      hint: 'The key of an API (agent) wallet made in the app: such a key cannot withdraw.',
    },
  },
  dydx: {
    walletAddress: {
      label: 'dYdX address',
      hint: 'The address that begins with dydx1; reading needs nothing else.',
    },
  },
  paper: {
    apiKey: { hint: 'The paper exchange makes one for you with one click.' },
  },
}

/** Aliases and regional sites use the words of the exchange that they belong to. */
const sameWordsAs: Record<string, string> = {
  binanceus: 'binance',
  binanceusdm: 'binance',
  binancecoinm: 'binance',
  bybiteu: 'bybit',
  bybitid: 'bybit',
  gateeu: 'gate',
  kucoinfutures: 'kucoin',
  myokx: 'okx',
  okxus: 'okx',
}

/** A public address that reading needs although ccxt does not name it as required. */
const requiredBesides: Record<string, CredentialName[]> = {
  dydx: ['walletAddress'],
  pacifica: ['walletAddress'],
}

/**
 * The fields of the form for one exchange, in the order to show them.
 *
 * `required` is what ccxt's `requiredCredentials` holds for it. Throws TypeError if ccxt asks for a
 * credential that this package has no word for.
 */
export function credentialFields(options: {
  exchangeId: string
  required: Record<string, boolean>
}): CredentialField[] {
  const { exchangeId, required } = options
  const asked = Object.keys(required).filter((name) => required[name])
  const unknown = asked.find((name) => !credentialNames.some((known) => known === name))
  if (unknown !== undefined)
    throw new TypeError(`${exchangeId} asks for "${unknown}", which has no form field`)

  const besides = requiredBesides[exchangeId] ?? []
  const words = ownWords[sameWordsAs[exchangeId] ?? exchangeId] ?? {}
  return credentialNames
    .filter((name) => asked.includes(name) || besides.includes(name))
    .map((name) => ({ name, ...usualFields[name], ...words[name] }))
}
