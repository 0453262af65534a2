import { TransportError } from './transport-error.ts'

/** What ccxt hands to a fetch implementation. */
export interface CcxtRequest {
  method: string
  headers: Record<string, string>
  body: string | Uint8Array | undefined
}

/** What ccxt reads from a fetch implementation's answer. */
export interface CcxtResponse {
  status: number
  statusText: string
  headers: Record<string, string | string[] | undefined>
  text(): Promise<string>
  arrayBuffer(): Promise<ArrayBuffer>
}

/** An answer, and what is known of the request that it answers. */
export interface Answer extends CcxtResponse {
  /** True if the request was signed, or held a part of the credentials: only then is a refusal one of the key. */
  carriesKey: boolean
}

const answers = new WeakMap<object, Answer>()

/** The answer of the exchange that made ccxt throw this error; null if it threw without one. */
export function answerOf(error: unknown): Answer | null {
  return typeof error === 'object' && error !== null ? (answers.get(error) ?? null) : null
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    // Any failure to parse says the same.
    return false
  }
}

/**
 * Lets ccxt read an answer (`read`) and returns what it made of it. A good status with anything else than JSON
 * is no good answer: it throws TransportError 'not-json'. What ccxt throws is remembered with the answer.
 */
export async function readAnswer(options: {
  response: CcxtResponse
  carriesKey: boolean
  read: () => Promise<unknown>
  sawJson: (json: unknown) => void
}): Promise<unknown> {
  const { response, carriesKey } = options
  const good = response.status >= 200 && response.status < 300
  try {
    const result = await options.read()
    if (typeof result === 'string' && !isJson(result)) throw new TransportError('not-json')
    if (!good) throw new TransportError('network')
    options.sawJson(result)
    return result
  } catch (error) {
    if (good && !isJson(await response.text())) throw new TransportError('not-json')
    if (typeof error === 'object' && error !== null) answers.set(error, { ...response, carriesKey })
    throw error
  }
}
