import { answerOf } from './answers.ts'
import { type CcxtExchange, callEndpoint } from './ccxt.ts'
import { NotEnabledError, toExchangeError } from './errors.ts'

/** True if an exchange said by this error that the question does not concern this person or this key. */
async function isNo(error: unknown, exchangeId: string): Promise<boolean> {
  if (answerOf(error) === null) return false
  const ours = await toExchangeError({ error, exchangeId, ccxtId: exchangeId, now: 0, credentials: {} })
  return ours instanceof NotEnabledError || ['PERMISSION_MISSING', 'BAD_RESPONSE'].includes(ours.code)
}

/**
 * Whether the person's account is of the exchange's unified kind, asked once per instance. The answer goes to the
 * option of this name, where ccxt looks for it.
 *
 * ccxt takes every failure of this question for "no", and would then read another account than the person has: here
 * only an answer that means no counts as one. Throws what the call throws otherwise.
 */
export async function isUnified(options: {
  exchange: CcxtExchange
  option: string
  endpoint: string
  params?: object
  isYes: (json: unknown) => boolean
}): Promise<boolean> {
  const { exchange, option, endpoint, params = {}, isYes } = options
  const known: unknown = exchange.options[option]
  if (typeof known === 'boolean') return known
  let unified = false
  try {
    unified = isYes(await callEndpoint({ exchange, endpoint, params }))
  } catch (error) {
    if (!(await isNo(error, exchange.id))) throw error
  }
  exchange.options[option] = unified
  return unified
}
