import { CryptoError } from './errors.ts'
import { localRootKeys } from './local-root-keys.ts'
import { isRootKeyId, type RootKeyProvider } from './root-key.ts'
import { parseKeyText } from './root-key-text.ts'

const PREFIX = 'ROOT_KEY_'
const CURRENT = 'ROOT_KEY_CURRENT'

/** Settings of the server that share the prefix, and so can name no key. */
const SETTINGS = new Set([CURRENT, 'ROOT_KEY_PROVIDER', 'ROOT_KEY_OTHER_PROVIDERS', 'ROOT_KEY_FILE'])

/**
 * Root keys from environment variables: `ROOT_KEY_<id>` holds 32 bytes in hex or base64, `ROOT_KEY_CURRENT` the id
 * of the one that wraps. Every other variable that begins with `ROOT_KEY_` is taken for a key, so that a misspelt one
 * is noticed (but `ROOT_KEY_PROVIDER`, `ROOT_KEY_OTHER_PROVIDERS` and `ROOT_KEY_FILE`, which are settings). There is no
 * default and no fallback.
 *
 * @param env the variables; read once. This package never looks at `process.env` itself.
 * @throws CryptoError `ROOT_KEY_CONFIG`, which names the variable and never its value.
 */
export function envRootKeys(env: Record<string, string | undefined>): RootKeyProvider {
  const current = env[CURRENT]
  if (!current)
    throw refusal(`${CURRENT} is not set. Set it to the id of the root key that new data is sealed with.`)
  if (!isRootKeyId(current)) throw refusal(`${CURRENT} must be 1 to 64 of the characters A-Z a-z 0-9 _ -.`)

  const keys = new Map<string, Uint8Array>()
  for (const [variable, text] of Object.entries(env)) {
    if (!variable.startsWith(PREFIX) || SETTINGS.has(variable) || text === undefined) continue
    keys.set(variable.slice(PREFIX.length), readKey(variable, text))
  }
  if (!keys.has(current)) {
    // Its value is not quoted: it may be a key that was put into the wrong variable.
    throw refusal(`${CURRENT} must be the id of a root key: there is no ${PREFIX}<id> variable with that id.`)
  }
  const provider = localRootKeys({ name: 'env', current, keys })
  for (const key of keys.values()) key.fill(0)
  return provider
}

function readKey(variable: string, text: string): Uint8Array {
  if (!isRootKeyId(variable.slice(PREFIX.length))) {
    throw refusal(`The variable ${variable} must end in an id of 1 to 64 of the characters A-Z a-z 0-9 _ -.`)
  }
  const key = parseKeyText(text)
  if (key) return key
  throw refusal(
    `${variable} must hold 32 random bytes as 64 hex digits or as base64, without spaces or quotes; \`openssl rand -hex 32\` makes one.`,
  )
}

function refusal(message: string): CryptoError {
  return new CryptoError('ROOT_KEY_CONFIG', message)
}
