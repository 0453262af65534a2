import { systemClock } from './clock.ts'
import type { CryptoError } from './errors.ts'
import { countAt, textAt, valueAt } from './json.ts'
import {
  checkPlaintextLength,
  ofOneKey,
  type RewrapItem,
  type RootKeyProvider,
  rewrapKey,
  type WrappedKey,
} from './root-key.ts'
import { base64Context, keyNameOf, locate, plaintextOf, wrappedOf } from './vault-ciphertext.ts'
import { messagesOf, vaultRefusal, wrappedKeyRefusal } from './vault-errors.ts'
import { assertBindsContext, describeKey, describeRights } from './vault-key-facts.ts'
import { checkVaultOptions, type VaultTransitOptions } from './vault-options.ts'
import { badAnswer, type VaultAnswer, vaultRequester } from './vault-request.ts'
import { openVaultSession } from './vault-session.ts'

const MAX_BATCH = 500

/**
 * Root keys in the transit engine of HashiCorp Vault or OpenBao: they never leave it.
 *
 * The transit key must be made with `derived=true`. Its context binds a wrapped key to its owner: `rewrap` and
 * `datakey` ignore `associated_data`. The context is `vaultContext`. A root key's id is the transit key's name and
 * version, as `opentrade:v3`; the wrapped bytes are Vault's own text, as `vault:v3:…`, whose version must agree.
 *
 * The documented API (https://developer.hashicorp.com/vault/api-docs/secret/transit) is implemented and tested
 * against a loopback server that speaks it. It was not run against a real Vault: `checkRootKeys` does that.
 *
 * @returns a provider that renews its token in the background until `close`
 * @throws CryptoError `PROVIDER_CONFIG`. The provider's calls: the `PROVIDER_` codes, `ROOT_KEY_UNKNOWN`,
 * `WRAPPED_KEY_MALFORMED`, `WRAPPED_KEY_REFUSED`; never with a token or a key in them.
 */
export function vaultTransitRootKeys(o: VaultTransitOptions): RootKeyProvider & { close(): void } {
  const mount = o.mount ?? 'transit'
  checkVaultOptions(o, mount)
  const names = new Set([o.keyName, ...(o.olderKeyNames ?? [])])
  const request = vaultRequester({
    address: o.address,
    namespace: o.namespace,
    allowHttp: o.allowHttp,
    fetch: o.fetch ?? globalThis.fetch,
    timeoutMs: o.timeouts?.requestMs ?? 5_000,
  })
  const session = openVaultSession({ request, auth: o.auth, clock: o.clock ?? systemClock })
  let bindsContext = false

  async function readKey(): Promise<VaultAnswer['body']> {
    const what = `${mount}/keys/${o.keyName}`
    const answer = await session.call({ method: 'GET', path: what })
    if (answer.status !== 200) throw vaultRefusal({ answer, what })
    assertBindsContext(answer.body, o.keyName)
    bindsContext = true
    return answer.body
  }

  /** A key that is not derived would take a context and ignore it. What was so once stays so: Vault fixes it. */
  async function ensureContext(): Promise<void> {
    if (!bindsContext) await readKey()
  }

  async function transit(o: { action: string; keyName: string; body: Record<string, unknown> }) {
    const what = `${mount}/${o.action}/${o.keyName}`
    return { what, answer: await session.call({ method: 'POST', path: what, body: o.body }) }
  }

  async function rewrapBatch(items: readonly RewrapItem[]): Promise<(WrappedKey | CryptoError)[]> {
    const batch = items.map((item) => ({
      ciphertext: locate(item, names).ciphertext,
      context: base64Context(item.context),
    }))
    const { what, answer } = await transit({
      action: 'rewrap',
      keyName: o.keyName,
      body: { batch_input: batch },
    })
    // With a bad item the status is 200 or 400, depending on the version; the results are there all the same.
    const results = valueAt(answer.body, 'data', 'batch_results')
    if (!Array.isArray(results))
      throw answer.status === 200 ? badAnswer('no results') : refusalOf({ answer, what })
    if (results.length !== items.length) throw badAnswer('another number of results than was asked for')
    return items.map(({ rootKeyId }, index) => {
      const message = textAt(results[index], 'error')
      if (message === null) return wrappedOf(o.keyName, textAt(results[index], 'ciphertext'))
      return wrappedKeyRefusal(message, rootKeyId) ?? badAnswer('an error for one key')
    })
  }

  const provider: RootKeyProvider & { close(): void } = {
    name: 'vault',

    async currentKeyId() {
      const version = countAt(await readKey(), 'data', 'latest_version')
      if (!version) throw badAnswer('a key without its version')
      return `${o.keyName}:v${version}`
    },

    async wrap({ plaintext, context }) {
      checkPlaintextLength(plaintext)
      await ensureContext()
      const body = { plaintext: Buffer.from(plaintext).toString('base64'), context: base64Context(context) }
      const { what, answer } = await transit({ action: 'encrypt', keyName: o.keyName, body })
      if (answer.status !== 200) throw vaultRefusal({ answer, what })
      return wrappedOf(o.keyName, textAt(answer.body, 'data', 'ciphertext'))
    },

    async generate({ context }) {
      await ensureContext()
      const body = { context: base64Context(context), bits: 256 }
      const { what, answer } = await transit({ action: 'datakey/plaintext', keyName: o.keyName, body })
      if (answer.status !== 200) throw vaultRefusal({ answer, what })
      const wrapped = wrappedOf(o.keyName, textAt(answer.body, 'data', 'ciphertext'))
      return { ...wrapped, plaintext: plaintextOf(answer, 32) }
    },

    async unwrap(item) {
      const { keyName, ciphertext } = locate(item, names)
      const body = { ciphertext, context: base64Context(item.context) }
      const { what, answer } = await transit({ action: 'decrypt', keyName, body })
      if (answer.status !== 200) throw refusalOf({ answer, what, rootKeyId: item.rootKeyId })
      return plaintextOf(answer)
    },

    async rewrap(items) {
      await ensureContext()
      const answers = new Map<RewrapItem, WrappedKey | CryptoError>()
      const batched: RewrapItem[] = []
      for (const item of items) {
        const outcome = await ofOneKey(async () => {
          if (locate(item, names).keyName === o.keyName) return null
          return rewrapKey({ from: provider, to: provider, item })
        })
        if (outcome) answers.set(item, outcome)
        else batched.push(item)
      }
      for (let start = 0; start < batched.length; start += MAX_BATCH) {
        const batch = batched.slice(start, start + MAX_BATCH)
        const results = await rewrapBatch(batch)
        for (const [index, item] of batch.entries())
          answers.set(item, results[index] ?? badAnswer('no result'))
      }
      return items.map((item) => answers.get(item) ?? badAnswer('no result'))
    },

    async holds(rootKeyId) {
      return names.has(keyNameOf(rootKeyId))
    },

    async describe() {
      return [
        ...describeKey(await readKey()),
        await session.describe(),
        await describeRights({ session, mount, keyName: o.keyName }),
      ]
    },

    close() {
      session.close()
    },
  }
  return provider
}

function refusalOf(o: { answer: VaultAnswer; what: string; rootKeyId?: string }): CryptoError {
  if (o.answer.status === 400 && o.rootKeyId !== undefined) {
    for (const message of messagesOf(o.answer)) {
      const refusal = wrappedKeyRefusal(message, o.rootKeyId)
      if (refusal) return refusal
    }
  }
  return vaultRefusal(o)
}
