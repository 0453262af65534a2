import type { Exchange } from 'ccxt'
import { type CcxtRequest, type CcxtResponse, readAnswer } from './answers.ts'
import { carriesCredentials, watchCredentials } from './carried-key.ts'
import { credentialNames } from './credential-fields.ts'
import { quoteNumbers } from './quote-numbers.ts'
import { TransportError } from './transport-error.ts'
import type { Credentials } from './types.ts'

/** An instance of one of ccxt's classes. */
export type CcxtExchange = Exchange

/** One exchange as ccxt describes it. */
export interface CcxtDescription {
  ccxtId: string
  name: string
  required: string[]
  website: string | null
  docs: string | null
}

type Ccxt = typeof import('ccxt')['default']
type ExchangeClass = new (config: object) => Exchange

let loading: Promise<Ccxt> | undefined

/** Loads ccxt once: 104 classes take half a second and 80 MB, so only a process that needs them pays. */
function loadCcxt(): Promise<Ccxt> {
  loading ??= import('ccxt').then((module) => module.default)
  return loading
}

function classOf(ccxt: Ccxt, ccxtId: string): ExchangeClass {
  if (!ccxt.exchanges.some((known) => known === ccxtId))
    throw new TypeError(`ccxt has no exchange "${ccxtId}"`)
  // ccxt types its classes as named exports only; the name was just checked against its own list.
  return Reflect.get(ccxt, ccxtId) as ExchangeClass
}

/**
 * The class with its thousand endpoint methods bound to their receiver instead of to the instance that made
 * them, so that a light object whose prototype is a finished instance can call them as its own.
 */
function receiverBound(Base: ExchangeClass): ExchangeClass {
  return class extends Base {
    override defineRestApiEndpoint(
      methodName: string,
      verb: string,
      _lowercaseVerb: string,
      camelcaseVerb: string,
      path: string,
      paths: string[],
      config: object = {},
    ): void {
      const [first = '', ...rest] = paths
      const prefix = first + rest.map((part) => this.capitalize(part)).join('')
      const suffix = path
        .split(/[^a-zA-Z0-9]/)
        .map((part) => this.capitalize(part))
        .join('')
      const api = paths.length > 1 ? paths : first
      const endpoint = function (this: Exchange, params: object = {}, context: object = {}): unknown {
        const request: unknown = Reflect.get(this, methodName)
        if (typeof request !== 'function') throw new TypeError(`ccxt has no method ${methodName}`)
        return request.call(this, path, api, verb, params, undefined, undefined, config, context)
      }
      Reflect.set(this, prefix + camelcaseVerb + suffix, endpoint)
    }
  }
}

function parseQuoted(text: string): unknown {
  try {
    return JSON.parse(quoteNumbers(text))
  } catch {
    // ccxt's contract: undefined for what is no JSON. connection.ts refuses such an answer with BAD_RESPONSE.
    return undefined
  }
}

/** Only spot markets: what accounts hold is valued by them, and the others cost up to a dozen requests. */
function restrictToSpot(exchange: Exchange): void {
  const fetchMarkets: unknown = exchange.options.fetchMarkets
  if (typeof fetchMarkets !== 'object' || fetchMarkets === null || !('types' in fetchMarkets)) return
  const types = fetchMarkets.types
  if (Array.isArray(types) && types.includes('spot')) fetchMarkets.types = ['spot']
  else if (typeof types === 'object' && types !== null && 'spot' in types) {
    for (const key of Object.keys(types)) Reflect.set(types, key, key === 'spot')
  }
}

function buildTemplate(ccxt: Ccxt, ccxtId: string): Exchange {
  const Template = receiverBound(classOf(ccxt, ccxtId))
  const template = new Template({ number: String, enableRateLimit: false, verbose: false })
  template.parseJson = parseQuoted
  restrictToSpot(template)
  if ('adjustForTimeDifference' in template.options) template.options.adjustForTimeDifference = true
  if ('recvWindow' in template.options) template.options.recvWindow = 10_000
  for (const shared of [template.urls, template.has, template.api, template.fees, template.limits])
    freezePlain(shared)
  return template
}

const templates = new Map<string, Promise<Exchange>>()

/** One finished instance per class; it never sees a credential. */
function templateOf(ccxtId: string): Promise<Exchange> {
  const known = templates.get(ccxtId)
  if (known !== undefined) return known
  const made = loadCcxt().then((ccxt) => buildTemplate(ccxt, ccxtId))
  templates.set(ccxtId, made)
  return made
}

/** A deep copy of plain data; functions and instances of classes stay what they are. */
function clonePlain<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value
  // TypeScript cannot follow that the copy has the shape of its original.
  if (Array.isArray(value)) return value.map(clonePlain) as T
  if (Object.getPrototypeOf(value) !== Object.prototype) return value
  const copy: Record<string, unknown> = {}
  for (const key of Object.keys(value)) copy[key] = clonePlain(Reflect.get(value, key))
  return copy as T
}

/** Makes plain data unchangeable, so that what all instances share cannot carry anything between them. */
function freezePlain(value: unknown): void {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return
  Object.freeze(value)
  for (const part of Object.values(value)) freezePlain(part)
}

/** Everything that a ccxt instance writes into while it works, fresh. */
function freshState(template: Exchange): object {
  return {
    options: clonePlain(template.options),
    headers: { ...template.headers },
    balance: {},
    orderbooks: {},
    tickers: {},
    fundingRates: {},
    bidsasks: {},
    trades: {},
    transactions: {},
    ohlcvs: {},
    // A few classes have their markets and currencies built in.
    currencies: clonePlain(template.currencies),
    accounts: undefined,
    accountsById: undefined,
    orders: undefined,
    myTrades: undefined,
    positions: undefined,
    proxyDictionaries: {},
    fetchHistoryCache: [],
    enableLastHttpResponse: false,
    marketsLoading: undefined,
    reloadingMarkets: undefined,
  }
}

/** How a connection steps into what a ccxt instance does. */
export interface CcxtHooks {
  clock: () => number
  timeoutMs: number
  /** Sends one request, in place of ccxt's own transport. */
  send(url: string, request: CcxtRequest): Promise<CcxtResponse>
  /** Runs one request of the given weight when its turn has come. */
  schedule<T>(weight: number, task: () => Promise<T>): Promise<T>
  nextNonce(nonce: number): number
  /** Hears each good answer, parsed. */
  sawJson(json: unknown): void
}

/** What ccxt throws before sending if a credential is missing or of another kind than it can use. */
const ownCredentialErrors = new Set(['AuthenticationError', 'ArgumentsRequired'])

/**
 * Exchanges that want each nonce to be larger than the last one, and for which ccxt counts in seconds. In
 * milliseconds two requests, and two processes, do not get the same one.
 */
const growsPerSecond: ReadonlySet<string> = new Set([
  'coinone',
  'coinspot',
  'independentreserve',
  'mercado',
  'p2b',
  'paymium',
])

/** The hooks as the methods that they replace; each calls the finished instance's own on this one. */
function hookedMethods(options: {
  template: Exchange
  exchange: Exchange
  credentials: Credentials
  hooks: CcxtHooks
}): object {
  const { template, exchange, credentials, hooks } = options
  const { clock } = hooks
  const now = (): number => Math.trunc(clock())
  let answered = false
  const reads = watchCredentials(exchange, credentials)
  // Requests with a key are sent in turn (lanes.ts), so that this is always said of the one under way.
  let carriesKey = false
  return {
    milliseconds: now,
    seconds: () => Math.trunc(clock() / 1000),
    microseconds: () => Math.trunc(clock() * 1000),
    nonce: () => {
      const nonce: unknown = growsPerSecond.has(template.id) ? now() : template.nonce.call(exchange)
      return typeof nonce === 'number' ? hooks.nextNonce(nonce) : nonce
    },
    sign: (...args: Parameters<Exchange['sign']>): unknown => {
      try {
        const before = reads.count
        const request = template.sign.apply(exchange, args)
        carriesKey = reads.count > before || carriesCredentials(request, credentials)
        return request
      } catch (error) {
        // After an answer it is that answer (a sign-in without its token) which makes signing fail.
        if (answered) throw new TransportError('unknown-structure', { cause: error })
        if (error instanceof Error && ownCredentialErrors.has(error.constructor.name)) throw error
        throw new TransportError('unsignable', { cause: error })
      }
    },
    fetch2: (...args: Parameters<Exchange['fetch2']>) => {
      const [path, api, method, params, , , config] = args
      const weight: unknown = template.calculateRateLimiterCost.call(
        exchange,
        api,
        method,
        path,
        params,
        config,
      )
      return hooks.schedule(typeof weight === 'number' ? weight : 1, () =>
        template.fetch2.apply(exchange, args),
      )
    },
    handleRestResponse: (response: CcxtResponse, ...rest: unknown[]) =>
      readAnswer({
        response,
        carriesKey,
        sawJson: (json) => {
          answered = true
          hooks.sawJson(json)
        },
        read: async () => Reflect.apply(template.handleRestResponse, exchange, [response, ...rest]),
      }),
    fetchImplementation: (url: string, request: CcxtRequest) => hooks.send(url, request),
  }
}

/**
 * A ccxt instance for one use.
 *
 * Constructing a class takes 5 to 7 ms (it defines over a thousand methods); this takes 0.1 ms, because
 * the instance inherits from a finished one and owns only what it writes to.
 */
export async function createExchange(options: {
  ccxtId: string
  credentials: Credentials
  hooks: CcxtHooks
}): Promise<Exchange> {
  const template = await templateOf(options.ccxtId)
  // Object.create is typed any; what inherits from an Exchange is one.
  const exchange = Object.create(template) as Exchange
  Object.assign(exchange, freshState(template), {
    ...hookedMethods({ template, exchange, credentials: options.credentials, hooks: options.hooks }),
    timeout: options.hooks.timeoutMs + 1000,
    fetchImplementationLoading: Promise.resolve(),
    // ccxt asks `instanceof` of them when sending fails; undefined, they would hide why it failed.
    AbortError: DOMException,
    FetchError: TypeError,
    loadProxyModules: () => Promise.resolve(),
    fetchIsNative: false,
    undiciModule: undefined,
  })
  // Derive reads the address of its own wallet from an option.
  if (template.id === 'derive') exchange.options.deriveWalletAddress = options.credentials.walletAddress
  return exchange
}

/** Milliseconds that ccxt leaves between requests of weight 1 at this exchange. */
export async function paceOf(ccxtId: string): Promise<number> {
  return (await templateOf(ccxtId)).rateLimit ?? 0
}

/** Removes every credential from an instance, and whatever it derived from them. */
export function forgetCredentials(exchange: Exchange): void {
  for (const name of credentialNames) Reflect.set(exchange, name, undefined)
  exchange.options = {}
  exchange.headers = {}
  exchange.last_request_headers = undefined
  exchange.last_request_body = undefined
  exchange.last_request_url = undefined
  exchange.last_response_headers = undefined
}

/** Calls an endpoint of the exchange by ccxt's name for it; the answer as the exchange gave it. */
export async function callEndpoint(options: {
  exchange: Exchange
  endpoint: string
  params?: object
}): Promise<unknown> {
  const method: unknown = Reflect.get(options.exchange, options.endpoint)
  if (typeof method !== 'function')
    throw new TypeError(`ccxt's ${options.exchange.id} has no ${options.endpoint}`)
  return method.call(options.exchange, options.params ?? {})
}

function firstString(value: unknown): string | null {
  const first: unknown = Array.isArray(value) ? value[0] : value
  return typeof first === 'string' && first !== '' ? first : null
}

/** Every exchange of ccxt that can read balances, as the catalogue stores it. */
export async function describeExchanges(): Promise<CcxtDescription[]> {
  const ccxt = await loadCcxt()
  return ccxt.exchanges
    .map((ccxtId) => new (classOf(ccxt, ccxtId))({}))
    .filter((exchange) => Boolean(exchange.has.fetchBalance))
    .map((exchange) => ({
      ccxtId: exchange.id,
      name: exchange.name ?? exchange.id,
      required: Object.entries(exchange.requiredCredentials)
        .filter(([, needed]) => needed)
        .map(([name]) => name),
      website: firstString(exchange.urls.www),
      docs: firstString(exchange.urls.doc),
    }))
    .sort((a, b) => a.name.localeCompare(b.name, 'en'))
}
