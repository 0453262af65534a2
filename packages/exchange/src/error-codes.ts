import type { ExchangeErrorCode } from './exchange-error.ts'

/** What an exchange's own code means, or that the account type asked for does not exist for this person. */
export type CodeMeaning = ExchangeErrorCode | 'NOT_ENABLED'

type Meanings = Partial<Record<CodeMeaning, string[]>>

// Each table follows the error page of the exchange's API documentation.
const binance: Meanings = {
  INVALID_KEY: ['-2008', '-2014', '-2015'],
  INVALID_SIGNATURE: ['-1022'],
  PERMISSION_MISSING: ['-1002'],
  CLOCK_SKEW: ['-1021'],
  RATE_LIMITED: ['-1003', '-1015'],
  UNAVAILABLE: ['-1000', '-1001', '-1006', '-1008', '-1016', '-3000'],
  TIMEOUT: ['-1007'],
  NOT_ENABLED: ['-3003', '-3999', '-11001', '-6017'],
}

const mexc: Meanings = {
  INVALID_KEY: ['402', '10072', '700001', '700013'],
  INVALID_SIGNATURE: ['602', '700002'],
  IP_NOT_ALLOWED: ['406', '700006'],
  PERMISSION_MISSING: ['70011', '700007', '701'],
  CLOCK_SKEW: ['10073', '700003', '700005'],
  RATE_LIMITED: ['429', '510'],
  UNAVAILABLE: ['500', '501', '503'],
  TIMEOUT: ['504'],
  MAINTENANCE: ['604', '801'],
}

const bybit: Meanings = {
  INVALID_KEY: ['10003', '10007', '33004'],
  INVALID_SIGNATURE: ['10004'],
  IP_NOT_ALLOWED: ['10010'],
  PERMISSION_MISSING: ['10005'],
  CLOCK_SKEW: ['10002'],
  RATE_LIMITED: ['10006', '10009', '10018'],
  RESTRICTED_LOCATION: ['10024'],
  UNAVAILABLE: ['10016', '10019', '10027'],
  TIMEOUT: ['10000'],
  NOT_ENABLED: ['10028'],
}

const okx: Meanings = {
  INVALID_KEY: ['50100', '50101', '50103', '50111', '50119'],
  INVALID_SIGNATURE: ['50106', '50113'],
  PASSPHRASE_MISSING: ['50104', '50105'],
  IP_NOT_ALLOWED: ['50110'],
  PERMISSION_MISSING: ['50030', '50114', '50120'],
  CLOCK_SKEW: ['50102', '50107', '50112'],
  RESTRICTED_LOCATION: ['50121'],
  RATE_LIMITED: ['50011', '50040', '50061'],
  UNAVAILABLE: ['50005', '50013', '50026'],
  TIMEOUT: ['50004'],
  MAINTENANCE: ['50001'],
  NOT_ENABLED: ['51010'],
}

const kucoin: Meanings = {
  INVALID_KEY: ['400001', '400003'],
  INVALID_SIGNATURE: ['400005'],
  PASSPHRASE_MISSING: ['400004'],
  IP_NOT_ALLOWED: ['400006'],
  PERMISSION_MISSING: ['400007', '411100'],
  CLOCK_SKEW: ['400002'],
  RESTRICTED_LOCATION: ['400301', '400302'],
  RATE_LIMITED: ['429000', '200002'],
  UNAVAILABLE: ['500000'],
  NOT_ENABLED: ['130201', '130302', '400303'],
}

const kraken: Meanings = {
  INVALID_KEY: ['EAPI:Invalid key'],
  INVALID_SIGNATURE: ['EAPI:Invalid signature'],
  PERMISSION_MISSING: ['EGeneral:Permission denied', 'EAccount:Invalid permissions'],
  KEY_IN_USE_ELSEWHERE: ['EAPI:Invalid nonce'],
  RATE_LIMITED: [
    'EAPI:Rate limit exceeded',
    'EOrder:Rate limit exceeded',
    'EGeneral:Too many requests',
    'EGeneral:Temporary lockout',
  ],
  UNAVAILABLE: [
    'EService:Unavailable',
    'EService:Busy',
    'EGeneral:Internal error',
    'EDatabase:Internal error',
  ],
  TIMEOUT: ['EService:Deadline elapsed', 'EService:Timeout'],
  MAINTENANCE: ['EService:Market in cancel_only mode', 'EService:Market in post_only mode'],
}

const gate: Meanings = {
  INVALID_KEY: ['INVALID_KEY', 'INVALID_CREDENTIALS', 'AUTHENTICATION_FAILED'],
  INVALID_SIGNATURE: ['INVALID_SIGNATURE'],
  IP_NOT_ALLOWED: ['IP_FORBIDDEN'],
  PERMISSION_MISSING: ['FORBIDDEN', 'READ_ONLY', 'ACCOUNT_LOCKED', 'SUB_ACCOUNT_LOCKED'],
  CLOCK_SKEW: ['REQUEST_EXPIRED'],
  RATE_LIMITED: ['TOO_MANY_REQUESTS', 'TOO_FAST'],
  UNAVAILABLE: ['SERVER_ERROR', 'INTERNAL', 'TOO_BUSY'],
  NOT_ENABLED: ['USER_NOT_FOUND', 'ACCOUNT_NOT_FOUND', 'CROSS_ACCOUNT_NOT_FOUND', 'MARGIN_NOT_SUPPORTED'],
}

const bitget: Meanings = {
  INVALID_KEY: ['40001', '40006', '40037'],
  INVALID_SIGNATURE: ['40002', '40003', '40009', '40010'],
  PASSPHRASE_MISSING: ['40011', '40012', '40036'],
  IP_NOT_ALLOWED: ['40018', '40038'],
  PERMISSION_MISSING: ['40014'],
  CLOCK_SKEW: ['40004', '40005', '40008'],
  RATE_LIMITED: ['429', '30007', '1001'],
  UNAVAILABLE: ['40015', '40725'],
  MAINTENANCE: ['40200', '40308'],
  NOT_ENABLED: ['50021', '50022', '40084', '40085'],
}

const bitfinex: Meanings = {
  INVALID_KEY: ['10100', 'apikey: invalid'],
  INVALID_SIGNATURE: ['apikey: digest invalid'],
  IP_NOT_ALLOWED: ['apikey: ip invalid', 'ip: not allowed'],
  PERMISSION_MISSING: ['apikey: permissions invalid', 'action: disabled', 'apikey: action disabled'],
  KEY_IN_USE_ELSEWHERE: ['10114', 'nonce: small'],
  RATE_LIMITED: ['11010', 'ERR_RATE_LIMIT', 'ratelimit: error'],
  UNAVAILABLE: ['temporarily_unavailable'],
  MAINTENANCE: ['20060'],
}

const coinbase: Meanings = {
  INVALID_KEY: [
    'unauthorized',
    'authentication_error',
    'invalid_token',
    'revoked_token',
    'expired_token',
    'Unauthorized',
  ],
  INVALID_SIGNATURE: ['invalid_signature'],
  PERMISSION_MISSING: ['PERMISSION_DENIED', 'invalid_scope', 'UNAUTHENTICATED_SCOPE'],
  CLOCK_SKEW: ['request timestamp expired'],
  RATE_LIMITED: ['rate_limit_exceeded', 'resource_exhausted'],
  UNAVAILABLE: ['internal_server_error', 'INTERNAL', 'UNAVAILABLE'],
}

// Its nonce is the time, and may differ from the server's by so many seconds.
const cryptocom: Meanings = { CLOCK_SKEW: ['10007', '40102'] }

const deribit: Meanings = { RESTRICTED_LOCATION: ['12005'] }

const derive: Meanings = { RESTRICTED_LOCATION: ['16000'] }

const krakenfutures: Meanings = { KEY_IN_USE_ELSEWHERE: ['nonceBelowThreshold', 'nonceDuplicate'] }

const nado: Meanings = { RESTRICTED_LOCATION: ['1002', '1003'] }

const htx: Meanings = {
  INVALID_KEY: ['api-key-invalid', 'login-required', '1003'],
  INVALID_SIGNATURE: ['api-signature-not-valid', 'api-signature-check-failed'],
  RATE_LIMITED: ['base-request-exceed-frequency-limit', 'rate-too-many-requests'],
  UNAVAILABLE: ['gateway-internal-error'],
  TIMEOUT: ['timeout'],
  MAINTENANCE: ['system-maintenance', 'maintain'],
  NOT_ENABLED: ['1010', '1220'],
}

const tables: Record<string, Meanings> = {
  binance,
  mexc,
  bybit,
  okx,
  kucoin,
  kraken,
  gate,
  bitget,
  bitfinex,
  coinbase,
  cryptocom,
  deribit,
  derive,
  krakenfutures,
  nado,
  htx,
}

/** Codes that stand for several faults; the words beside them say which. By dialect. */
const vagueCodes: Record<string, readonly string[]> = {
  gate: ['FORBIDDEN'],
  coinbase: ['PERMISSION_DENIED', 'authentication_error', 'unauthorized', 'Unauthorized'],
  htx: ['api-signature-not-valid', '1003'],
}

/** Sites that speak another one's language. */
const dialects: Record<string, string> = {
  binanceus: 'binance',
  binanceusdm: 'binance',
  binancecoinm: 'binance',
  aster: 'binance',
  tokocrypto: 'binance',
  toobit: 'binance',
  bybiteu: 'bybit',
  bybitid: 'bybit',
  gateeu: 'gate',
  kucoinfutures: 'kucoin',
  myokx: 'okx',
  okxus: 'okx',
}

/** The exchange whose language `ccxtId` speaks. */
export function dialectOf(ccxtId: string): string {
  return dialects[ccxtId] ?? ccxtId
}

/** Every entry of the tables: `[dialect, meaning, code or words]`. */
export const knownErrors: readonly (readonly [dialect: string, meaning: CodeMeaning, entry: string])[] =
  Object.entries(tables).flatMap(([dialect, table]) =>
    // Object.entries widens the keys of a record; these are the ones that the tables were typed with.
    (Object.entries(table) as [CodeMeaning, string[]][]).flatMap(([meaning, entries]) =>
      entries.map((entry) => [dialect, meaning, entry] as const),
    ),
  )

const meanings = new Map<string, CodeMeaning>(
  knownErrors.map(([dialect, meaning, entry]) => [`${dialect} ${entry}`, meaning]),
)

/** What a table says of an error. */
interface TableMeaning {
  meaning: CodeMeaning
  /** True if the exchange uses the code for several faults, so that its words are to be heard first. */
  isVague: boolean
}

/**
 * What one of the codes that an exchange gave means; null if none of them is known. A code that stands for one fault
 * is believed first, then the whole message where a table has it, then a code that stands for several.
 */
export function meaningOfCodes(options: {
  ccxtId: string
  codes: string[]
  message: string | null
}): TableMeaning | null {
  const dialect = dialectOf(options.ccxtId)
  const find = (entry: string): CodeMeaning | undefined =>
    // Kraken puts what it is about behind a second colon.
    meanings.get(`${dialect} ${entry}`) ?? meanings.get(`${dialect} ${entry.split(':', 2).join(':')}`)
  let vague: TableMeaning | null = null
  for (const code of options.codes) {
    const meaning = find(code)
    if (meaning === undefined) continue
    if (!vagueCodes[dialect]?.includes(code)) return { meaning, isVague: false }
    vague ??= { meaning, isVague: true }
  }
  const meant = options.message === null ? undefined : find(options.message)
  return meant === undefined || vagueCodes[dialect]?.includes(options.message ?? '')
    ? vague
    : { meaning: meant, isVague: false }
}
