import { randomBytes, randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { type CombinedRootKeys, CryptoError, dataKeyContext } from '@opentrade/crypto'
import type { Database } from '@opentrade/db'
import type { Logger } from 'pino'
import { isRetired, type RootKeyName } from './retired-root-keys.ts'

/** Why nothing can be sealed, for an administrator. No secret is in it. */
export interface SealingProblem {
  code: string
  message: string
}

/** What a look at the current root key has shown. */
export interface SealingState {
  /** The root key that wraps what is new; null when it could not be used. */
  current: RootKeyName | null
  /** Null: a new secret can be sealed. */
  problem: SealingProblem | null
}

/** Whether this process can seal something new, asked as often as anybody likes. */
export interface SealProbe {
  /** What a look has shown that is seconds old at most; an older one when a service is slow to answer. */
  state: () => Promise<SealingState>
  /** Looks now, whatever is known. */
  look: () => Promise<SealingState>
}

/** A look costs nothing in this process, and calls to a service, which may ask money for them. */
const LOCAL_FRESH_MS = 1_000
const SERVICE_FRESH_MS = 30_000
const SERVICE_FRESH_AFTER_PROBLEM_MS = 5_000

/** Whoever asks waits no longer for a look than a health check waits for an answer. */
const PATIENCE_MS = 500

/** What to do about a current root key that was retired, by its provider. */
const REMEDIES: Record<string, string> = {
  file: 'Rotate the root key: that adds a new one to the root key file.',
  env: 'Set ROOT_KEY_CURRENT to another root key in every process and restart them.',
  vault: 'Rotate the key in Vault, or name another in VAULT_TRANSIT_KEY.',
  'aws-kms': 'Name another key in AWS_KMS_KEY_ID and restart every process.',
  'aws-secrets-manager': 'Put a new version of the secret.',
}

/** The sentence about a current root key that was retired. */
export function currentIsRetired({ provider, rootKeyId }: RootKeyName): SealingProblem {
  const remedy = REMEDIES[provider] ?? 'Make another root key the current one.'
  return {
    code: 'ROOT_KEY_RETIRED',
    message: `The current root key "${rootKeyId}" of the provider "${provider}" was retired. ${remedy}`,
  }
}

/** Proves with a key made for it and thrown away that the current root key wraps. Nothing is stored, no root key made. */
export function createSealProbe(o: {
  db: Database
  rootKeys: CombinedRootKeys
  deploymentId: string
  log: Logger
  /** Milliseconds on a clock that is never set back. */
  now?: () => number
}): SealProbe {
  const { now = () => performance.now() } = o
  const isService = o.rootKeys.providers[0]?.generate !== undefined
  let state: SealingState = { current: null, problem: null }
  let lookedAt = Number.NEGATIVE_INFINITY
  let looking: Promise<SealingState> | null = null

  async function lookNow(): Promise<SealingState> {
    const before = state.problem
    try {
      state = await trySealing(o)
    } catch (error) {
      // The database did not answer, which says nothing of the root keys.
      o.log.debug({ err: error }, 'Whether something can be sealed is not known')
    }
    lookedAt = now()
    noteChange({ log: o.log, before, after: state.problem })
    return state
  }

  function look(): Promise<SealingState> {
    looking ??= lookNow().finally(() => {
      looking = null
    })
    return looking
  }

  return {
    look,
    async state() {
      if (now() - lookedAt < freshFor(isService, state)) return state
      return Promise.race([look(), pause(PATIENCE_MS, state, { ref: false })])
    },
  }
}

function freshFor(isService: boolean, { problem }: SealingState): number {
  if (!isService) return LOCAL_FRESH_MS
  return problem ? SERVICE_FRESH_AFTER_PROBLEM_MS : SERVICE_FRESH_MS
}

/** @throws what the database throws: it says nothing of the root keys */
async function trySealing(o: {
  db: Database
  rootKeys: CombinedRootKeys
  deploymentId: string
  log: Logger
}): Promise<SealingState> {
  const { db, rootKeys, deploymentId, log } = o
  const context = dataKeyContext({ deploymentId, userId: randomUUID(), dataKeyId: randomUUID() })
  const plaintext = randomBytes(32)
  let current: RootKeyName
  try {
    // Joined providers open what a service has wrapped before they hand it out.
    const { rootKeyId } = await rootKeys.wrap({ plaintext, context })
    current = { provider: rootKeys.name, rootKeyId }
  } catch (error) {
    // Only our own errors are known to hold no secret.
    if (error instanceof CryptoError)
      return { current: null, problem: { code: error.code, message: error.message } }
    log.error({ err: error }, 'The current root key could not be used')
    return { current: null, problem: { code: 'UNKNOWN', message: 'The reason is in the log.' } }
  } finally {
    plaintext.fill(0)
  }
  return { current, problem: (await isRetired(db.pool, current)) ? currentIsRetired(current) : null }
}

function noteChange(o: { log: Logger; before: SealingProblem | null; after: SealingProblem | null }): void {
  const { log, before, after } = o
  if (before?.code === after?.code) return
  if (after) log.error(after, 'Nothing can be sealed')
  else log.info('Keys can be sealed again')
}
