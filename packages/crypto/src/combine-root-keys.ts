import type { Bytes } from './encoding.ts'
import { CryptoError } from './errors.ts'
import {
  generateKey,
  ofOneKey,
  type RewrapItem,
  type RootKeyProvider,
  rewrapKey,
  type WrapContext,
  type WrappedKey,
} from './root-key.ts'
import { constantTimeEqual } from './token.ts'

/** Several providers as one. */
export interface CombinedRootKeys extends RootKeyProvider {
  /** All of them, the current one first. */
  readonly providers: readonly RootKeyProvider[]
  generate(
    o: Parameters<NonNullable<RootKeyProvider['generate']>>[0],
  ): Promise<WrappedKey & { plaintext: Bytes }>
  /** Wraps anew with the current root key of the current provider, whichever of them wrapped before. */
  rewrap(items: readonly RewrapItem[]): Promise<(WrappedKey | CryptoError)[]>
  holds(rootKeyId: string): Promise<boolean>
  close(): void
}

/**
 * Joins the providers of an installation: `current` wraps what is new, all of them unwrap. That is how an installation
 * moves from one to another, and rotates: `rewrap` brings everything to `current`.
 *
 * Its `name` is the current provider's, and is what to store beside a wrapped key. A stored key goes to the provider
 * that its `provider` names and that holds its root key; else, when exactly that is not configured, to one that holds
 * a root key of that id: `env`, `file` and `aws-secrets-manager` share a format, so a key may move between them.
 * Nothing is tried out: a provider that is down is no reason to ask another.
 *
 * What a service wrapped is opened once before it is handed out, since it may take the place of bytes that open.
 *
 * @throws CryptoError `INPUT_INVALID` when two providers have one name. `unwrap` and `rewrap`:
 * `PROVIDER_NOT_CONFIGURED` when a stored key names a provider that is not there and no other holds its root key;
 * `ROOT_KEY_UNKNOWN` when it names none and nobody holds it. `wrap`, `generate` and `rewrap`: `PROVIDER_BAD_ANSWER`
 * for what does not open.
 */
export function combineRootKeys(o: {
  current: RootKeyProvider
  others: readonly RootKeyProvider[]
}): CombinedRootKeys {
  const { current } = o
  const providers = [current, ...o.others]
  if (new Set(providers.map(({ name }) => name)).size !== providers.length) {
    throw new CryptoError('INPUT_INVALID', 'Each root key provider can be configured once.')
  }

  async function route(item: RewrapItem): Promise<RootKeyProvider> {
    const named = providers.find(({ name }) => name === item.provider)
    if (named && (await holds(named, item.rootKeyId))) return named
    for (const provider of providers) {
      if (provider !== named && (await holds(provider, item.rootKeyId))) return provider
    }
    // Its own refusal says best what is missing.
    if (named) return named
    throw nowhere(item, providers)
  }

  return {
    name: current.name,
    providers,
    currentKeyId: () => current.currentKeyId(),
    async wrap({ plaintext, context }) {
      const wrapped = await current.wrap({ plaintext, context })
      await assertOpens({ by: current, wrapped, context, plaintext })
      return wrapped
    },
    async generate({ context }) {
      const { plaintext, ...wrapped } = await generateKey(current, context)
      try {
        await assertOpens({ by: current, wrapped, context, plaintext })
        return { plaintext, ...wrapped }
      } catch (error) {
        plaintext.fill(0)
        throw error
      }
    },
    unwrap: async (item) => (await route(item)).unwrap(item),
    rewrap: (items) => rewrapAll({ current, route, items }),
    async holds(rootKeyId) {
      for (const provider of providers) if (await holds(provider, rootKeyId)) return true
      return false
    },
    async describe() {
      const facts = await Promise.all(providers.map((provider) => provider.describe?.() ?? []))
      return facts.flat()
    },
    close() {
      for (const provider of providers) provider.close?.()
    },
  }
}

/** So many keys are opened at a time, to see that they open. */
const OPENED_AT_ONCE = 25

/** What the current provider wrapped goes to it in one call, if it can; the rest one by one. */
async function rewrapAll(o: {
  current: RootKeyProvider
  route: (item: RewrapItem) => Promise<RootKeyProvider>
  items: readonly RewrapItem[]
}): Promise<(WrappedKey | CryptoError)[]> {
  const { current, route, items } = o
  const results = new Map<RewrapItem, WrappedKey | CryptoError>()
  const batch: RewrapItem[] = []
  for (const item of items) {
    const result = await ofOneKey(async () => {
      const from = await route(item)
      if (from === current && current.rewrap) return null
      return rewrapKey({ from, to: current, item })
    })
    if (result) results.set(item, result)
    else batch.push(item)
  }
  const rewrapped = batch.length > 0 ? await current.rewrap?.(batch) : []
  for (const [index, item] of batch.entries()) {
    const result = rewrapped?.[index]
    if (result) results.set(item, result)
  }
  if (!callsService(current)) return items.map((item) => results.get(item) ?? missing())
  const answers: (WrappedKey | CryptoError)[] = []
  for (let start = 0; start < items.length; start += OPENED_AT_ONCE) {
    const some = items.slice(start, start + OPENED_AT_ONCE)
    answers.push(...(await Promise.all(some.map((item) => opening({ by: current, item, results })))))
  }
  return answers
}

/** The result for a key if it opens for its owner; else what is wrong with it. */
async function opening(o: {
  by: RootKeyProvider
  item: RewrapItem
  results: ReadonlyMap<RewrapItem, WrappedKey | CryptoError>
}): Promise<WrappedKey | CryptoError> {
  const { by, item, results } = o
  const wrapped = results.get(item)
  if (!wrapped) return missing()
  if (wrapped instanceof CryptoError) return wrapped
  const plaintext = await ofOneKey(() => by.unwrap({ ...wrapped, context: item.context }))
  if (plaintext instanceof CryptoError) return doesNotOpen(by, plaintext)
  plaintext.fill(0)
  return wrapped
}

async function assertOpens(o: {
  by: RootKeyProvider
  wrapped: WrappedKey
  context: WrapContext
  plaintext: Uint8Array
}): Promise<void> {
  const { by, wrapped, context, plaintext } = o
  if (!callsService(by)) return
  const opened = await ofOneKey(() => by.unwrap({ ...wrapped, context }))
  if (opened instanceof CryptoError) throw doesNotOpen(by, opened)
  const isSame = constantTimeEqual(opened, plaintext)
  opened.fill(0)
  if (!isSame) throw doesNotOpen(by)
}

/** What this process wraps itself needs no proof. */
function callsService(provider: RootKeyProvider): boolean {
  return provider.generate !== undefined
}

function missing(): CryptoError {
  return new CryptoError('PROVIDER_BAD_ANSWER', 'A result is missing.')
}

function doesNotOpen({ name }: RootKeyProvider, cause?: CryptoError): CryptoError {
  return new CryptoError(
    'PROVIDER_BAD_ANSWER',
    `The provider "${name}" answered with a wrapped key that it does not open. Nothing was stored of it. Check that its address leads to the service itself.`,
    { cause },
  )
}

async function holds(provider: RootKeyProvider, rootKeyId: string): Promise<boolean> {
  return (await provider.holds?.(rootKeyId)) ?? false
}

function nowhere(item: RewrapItem, providers: readonly RootKeyProvider[]): CryptoError {
  const configured = providers.map(({ name }) => name).join(', ')
  if (item.provider === undefined) {
    return new CryptoError(
      'ROOT_KEY_UNKNOWN',
      `The root key "${item.rootKeyId}" is needed, and none of the configured providers (${configured}) has it. Configure it again; without it what it wrapped cannot be read.`,
    )
  }
  return new CryptoError(
    'PROVIDER_NOT_CONFIGURED',
    `A stored key was wrapped by the root key "${item.rootKeyId}" of the provider "${item.provider}", which is not configured (configured: ${configured}). Configure "${item.provider}" too until everything is wrapped anew.`,
  )
}
