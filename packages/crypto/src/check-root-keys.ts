import { randomBytes, randomUUID } from 'node:crypto'
import type { Bytes } from './encoding.ts'
import { CryptoError } from './errors.ts'
import {
  generateKey,
  type RootKeyProvider,
  rewrapKey,
  type WrapContext,
  type WrappedKey,
} from './root-key.ts'
import { constantTimeEqual } from './token.ts'

/** One thing that a provider was asked to do. */
export interface RootKeyCheckStep {
  step: 'current key' | 'wrap' | 'unwrap' | 'refuse another owner' | 'generate' | 'rewrap' | 'facts'
  outcome: 'ok' | 'failed' | 'not tried'
  milliseconds: number
  /** What was seen, or the error with its remedy. No secrets. */
  detail: string
}

/** What a check saw: for `opentrade admin vault check`. */
export interface RootKeyCheck {
  provider: string
  ok: boolean
  /** The current root key's id; null when it could not be read. */
  rootKeyId: string | null
  steps: RootKeyCheckStep[]
}

/**
 * Proves against the real service, with a key made for it and thrown away, that a provider wraps, unwraps, makes and
 * rewraps keys, and that it does not unwrap one for another owner. Nothing that is stored is touched. A failed step
 * ends the check; the facts are read all the same.
 *
 * @param o.deploymentId the installation's own, for services whose policy is bound to it; random when missing
 */
export async function checkRootKeys(
  provider: RootKeyProvider,
  o: { deploymentId?: string } = {},
): Promise<RootKeyCheck> {
  const steps: RootKeyCheckStep[] = []
  const plaintext = Uint8Array.from(randomBytes(32))
  const context: WrapContext = {
    purpose: 'data-key',
    deploymentId: o.deploymentId ?? randomUUID(),
    ownerId: randomUUID(),
    keyId: randomUUID(),
  }
  let rootKeyId: string | null = null
  let wrapped: WrappedKey | null = null

  async function attempt(step: RootKeyCheckStep['step'], run: () => Promise<string>): Promise<void> {
    const allWell = steps.every(({ outcome }) => outcome === 'ok')
    if (!allWell && step !== 'facts') {
      steps.push({ step, outcome: 'not tried', milliseconds: 0, detail: 'A step before it failed.' })
      return
    }
    const start = performance.now()
    const { outcome, detail } = await outcomeOf(run)
    steps.push({ step, outcome, milliseconds: Math.round(performance.now() - start), detail })
  }

  await attempt('current key', async () => {
    rootKeyId = await provider.currentKeyId()
    return `The current root key is "${rootKeyId}".`
  })
  await attempt('wrap', async () => {
    wrapped = await provider.wrap({ plaintext, context })
    return `A key of 32 bytes became ${wrapped.wrapped.length} bytes, wrapped by "${wrapped.rootKeyId}".`
  })
  await attempt('unwrap', async () => {
    await assertUnwraps({ provider, wrapped: made(wrapped), context, plaintext })
    return 'It unwrapped to what it was.'
  })
  await attempt('refuse another owner', () => assertRefuses({ provider, wrapped: made(wrapped), context }))
  await attempt('generate', async () => {
    const generated = await generateKey(provider, context)
    await assertUnwraps({ provider, wrapped: generated, context, plaintext: generated.plaintext })
    return provider.generate
      ? 'The service made a key, and unwrapped it.'
      : 'A key was made here, and unwrapped.'
  })
  await attempt('rewrap', async () => {
    const again = await rewrapOne(provider, { ...made(wrapped), context })
    await assertUnwraps({ provider, wrapped: again, context, plaintext })
    return `It was wrapped anew by "${again.rootKeyId}", and unwrapped to what it was.`
  })
  await attempt(
    'facts',
    async () => (await provider.describe?.())?.join(' ') ?? 'There is nothing more to tell.',
  )
  plaintext.fill(0)
  return { provider: provider.name, ok: steps.every(({ outcome }) => outcome === 'ok'), rootKeyId, steps }
}

async function outcomeOf(run: () => Promise<string>): Promise<Pick<RootKeyCheckStep, 'outcome' | 'detail'>> {
  try {
    return { outcome: 'ok', detail: await run() }
  } catch (error) {
    // Only our own errors are known to hold no secret.
    if (error instanceof CryptoError) return { outcome: 'failed', detail: `${error.code}: ${error.message}` }
    return { outcome: 'failed', detail: 'An unexpected error of this program; please report it.' }
  }
}

async function assertUnwraps(o: {
  provider: RootKeyProvider
  wrapped: WrappedKey
  context: WrapContext
  plaintext: Bytes
}): Promise<void> {
  const unwrapped = await o.provider.unwrap({ ...stored(o.wrapped), context: o.context })
  const isSame = constantTimeEqual(unwrapped, o.plaintext)
  unwrapped.fill(0)
  if (!isSame) throw wrongAnswer('The provider unwrapped a key to other bytes than were wrapped.')
}

async function assertRefuses(o: {
  provider: RootKeyProvider
  wrapped: WrappedKey
  context: WrapContext
}): Promise<string> {
  const context = { ...o.context, ownerId: randomUUID() }
  try {
    const unwrapped = await o.provider.unwrap({ ...stored(o.wrapped), context })
    unwrapped.fill(0)
  } catch (error) {
    if (error instanceof CryptoError && error.code === 'WRAPPED_KEY_REFUSED')
      return 'It was refused for another owner.'
    throw error
  }
  throw wrongAnswer('The provider unwrapped a key for another owner: it does not bind keys to their context.')
}

async function rewrapOne(
  provider: RootKeyProvider,
  item: WrappedKey & { context: WrapContext },
): Promise<WrappedKey> {
  if (!provider.rewrap) return rewrapKey({ from: provider, to: provider, item })
  const [result] = await provider.rewrap([item])
  if (!result || result instanceof CryptoError) throw result ?? wrongAnswer('The provider gave no result.')
  return result
}

function stored({ rootKeyId, wrapped }: WrappedKey): WrappedKey {
  return { rootKeyId, wrapped }
}

function made(wrapped: WrappedKey | null): WrappedKey {
  if (!wrapped) throw wrongAnswer('The provider gave no wrapped key.')
  return wrapped
}

function wrongAnswer(message: string): CryptoError {
  return new CryptoError('PROVIDER_BAD_ANSWER', message)
}
