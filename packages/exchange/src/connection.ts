import { type Answer, answerOf } from './answers.ts'
import { checkBaseUrl } from './base-url.ts'
import { type CcxtExchange, createExchange, forgetCredentials, paceOf } from './ccxt.ts'
import { toExchangeError } from './errors.ts'
import type { ExchangeError } from './exchange-error.ts'
import { type Lane, laneOf, venueLimiter } from './lanes.ts'
import type { Limiter } from './limiter.ts'
import { rebaseUrl } from './rebase.ts'
import { send } from './transport.ts'
import { TransportError } from './transport-error.ts'
import type { ConnectionOptions, Credentials } from './types.ts'
import { isJson } from './words.ts'

const defaultDeadlineMs = 20_000

/** An operation of several requests may take as long as this many single ones. */
const operationDeadlines = 3

/** A way to one exchange: a ccxt instance whose requests keep to our limits and whose errors are ours. */
export interface Connection {
  readonly exchangeId: string
  readonly ccxtId: string
  readonly baseUrl: string | null
  /** The exchange at its base URL: what shares limits and markets. */
  readonly venue: string
  readonly clock: () => number
  readonly paceMs: number | undefined
  /**
   * Runs one operation on the instance and turns whatever it throws into an ExchangeError. The time that
   * the exchange takes is bounded over all requests of the operation; waiting in line is not counted.
   */
  run<T>(operation: (exchange: CcxtExchange) => Promise<T>): Promise<T>
  /** The last good answer, parsed, as the exchange gave it. */
  lastJson(): unknown
  /** Aborts what is under way and forgets the credentials. */
  close(): void
}

/** One reason for all: without it each abort makes an exception with a stack. */
const closed = new TransportError('closed')

/** A public answer (all markets of an exchange) may be large; an account's is not. */
const maxBodyBytes = { public: 64 << 20, account: 8 << 20 }

/** Opens a connection; nothing is sent yet. Without credentials it reads public data only. */
export function openConnection(options: ConnectionOptions & { credentials?: Credentials }): Connection {
  const { exchangeId, ccxtId } = options
  let credentials = options.credentials
  const baseUrl = checkBaseUrl(options)
  const clock = options.clock ?? Date.now
  const deadlineMs = options.deadlineMs ?? defaultDeadlineMs
  const venue = `${exchangeId} ${ccxtId} ${baseUrl ?? ''}`
  const closing = new AbortController()
  const lane: Lane | null = credentials === undefined ? null : laneOf({ venue, credentials })

  let instance: Promise<CcxtExchange> | undefined
  let limiter: Limiter | undefined
  let spentMs = 0
  let lastJson: unknown

  async function limiterOf(): Promise<Limiter> {
    const paceMs = options.paceMs ?? (exchangeId === 'paper' ? 0 : await paceOf(ccxtId))
    limiter ??= venueLimiter({ venue, paceMs })
    return limiter
  }

  async function schedule<T>(weight: number, task: () => Promise<T>): Promise<T> {
    const inTurn = async (): Promise<T> => {
      if (closing.signal.aborted) throw new TransportError('closed')
      await lane?.limiter.take(1)
      await (await limiterOf()).take(weight)
      const start = performance.now()
      try {
        return await task()
      } finally {
        spentMs += performance.now() - start
      }
    }
    return lane === null ? inTurn() : lane.run(inTurn)
  }

  function makeInstance(): Promise<CcxtExchange> {
    return createExchange({
      ccxtId,
      credentials: credentials ?? {},
      hooks: {
        clock,
        timeoutMs: deadlineMs,
        schedule,
        nextNonce: (nonce) => lane?.nextNonce(nonce) ?? nonce,
        sawJson: (json) => {
          lastJson = json
        },
        send: (url, request) =>
          send({
            url: rebaseUrl(url, baseUrl),
            request,
            limits: {
              maxBodyBytes: lane === null ? maxBodyBytes.public : maxBodyBytes.account,
              deadlineMs: () => Math.max(1, Math.min(deadlineMs, operationDeadlines * deadlineMs - spentMs)),
              closed: closing.signal,
            },
          }),
      },
    })
  }

  async function holdBack(error: ExchangeError, answer: Answer | null): Promise<void> {
    if (error.code !== 'RATE_LIMITED' || error.retryAt === null) return
    const wait = error.retryAt.getTime() - clock()
    // A limit that HTTP states (429, 418), or a page, counts for the address, so for everyone behind it.
    const isOfAddress =
      answer !== null && (answer.status === 429 || answer.status === 418 || !isJson(await answer.text()))
    const affected = isOfAddress || lane === null ? limiter : lane.limiter
    affected?.pauseUntil(Date.now() + wait)
  }

  async function run<T>(operation: (exchange: CcxtExchange) => Promise<T>): Promise<T> {
    spentMs = 0
    try {
      if (closing.signal.aborted) throw new TransportError('closed')
      instance ??= makeInstance()
      return await operation(await instance)
    } catch (error) {
      const ours = await toExchangeError({
        error,
        exchangeId,
        ccxtId,
        now: clock(),
        credentials: credentials ?? {},
      })
      await holdBack(ours, answerOf(error))
      throw ours
    }
  }

  function close(): void {
    closing.abort(closed)
    lastJson = undefined
    credentials = undefined
    instance?.then(forgetCredentials, () => {})
    instance = undefined
  }

  const { paceMs } = options
  return { exchangeId, ccxtId, baseUrl, venue, clock, paceMs, run, lastJson: () => lastJson, close }
}
