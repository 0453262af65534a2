/** How long an issuer may take for one answer, and how long an answer may be. */
const TIMEOUT_MS = 5_000
const LONGEST_ANSWER = 100_000

/** The issuer did not answer as an issuer does. */
export class IssuerDownError extends Error {
  override name = 'IssuerDownError'

  constructor(address: string, cause?: unknown) {
    // Without what stands behind a question mark: it may be a secret.
    super(`No usable answer came from ${address.split('?', 1)[0]}${reasonOf(cause)}.`, { cause })
  }
}

/** The system's word for what went wrong on the line, such as ` (ECONNREFUSED)`. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
  return typeof code === 'string' && /^\w{1,60}$/.test(code) ? ` (${code})` : ''
}

/** An issuer answers, but not as our settings say. Its message tells the operator what to correct. */
export class IssuerSetupError extends Error {
  override name = 'IssuerSetupError'
  /** It calls itself otherwise than our settings do. */
  readonly isOtherName: boolean

  constructor(message: string, { isOtherName = false } = {}) {
    super(message)
    this.isOtherName = isOtherName
  }
}

interface Question {
  method?: string
  headers?: Record<string, string>
  body?: string | null
  /** A redirect is an answer for the caller to read; by default it counts as none. */
  readsRedirects?: boolean
}

/**
 * Asks an issuer: within five seconds, following no redirect, and reading no more than an issuer has to say. Faults
 * of ours that it answers with (4xx) are the caller's to read.
 * @throws IssuerDownError
 */
export async function askIssuer(
  address: string,
  { readsRedirects = false, ...question }: Question = {},
): Promise<Response> {
  try {
    const signal = AbortSignal.timeout(TIMEOUT_MS)
    const response = await fetch(address, {
      ...question,
      redirect: readsRedirects ? 'manual' : 'error',
      signal,
    })
    if (response.status >= 500) throw new IssuerDownError(address)
    const text = await readBounded(response)
    return new Response(text || null, { status: response.status, headers: response.headers })
  } catch (cause) {
    throw cause instanceof IssuerDownError ? cause : new IssuerDownError(address, cause)
  }
}

/** `text()` would read whatever is sent, however long. */
async function readBounded(response: Response): Promise<string> {
  const decoder = new TextDecoder()
  let text = ''
  for await (const bytes of response.body ?? []) {
    text += decoder.decode(bytes, { stream: true })
    if (text.length > LONGEST_ANSWER) throw new RangeError('The answer is too long.')
  }
  return text + decoder.decode()
}
