import { setTimeout as pause } from 'node:timers/promises'
import { CryptoError, listRootKeys, retireRootKey as removeRootKey } from '@opentrade/crypto'
import pg from 'pg'
import { recordAct } from '../audit/record.ts'
import type { Services, UserContext } from '../context.ts'
import { ServiceError } from '../errors.ts'
import { withRootKeys } from '../vault/failure.ts'
import type { RetiredRootKey, RetireRootKey } from './schemas.ts'

/** A process says every five seconds which root key it wraps with, and at once when it is asked. */
const REPORTS_WITHIN_MS = 6_000
const LOOK_EVERY_MS = 100

/**
 * Retires a root key by which nothing is wrapped: from then on, and for ever, the database refuses whatever it would
 * wrap. One of the provider `file` is removed from the file afterwards; elsewhere that is for the operator to do.
 * A kill in between leaves a retired key in the file: to retire it again removes it.
 * @throws ServiceError `ROOT_KEY_IN_USE` with the number of keys that it still wraps, `ROOT_KEY_CURRENT` when this or
 * another process wraps with it, `ROTATION_UNDER_WAY`, `ROOT_KEY_UNKNOWN`, `VAULT_UNAVAILABLE`
 */
export async function retireRootKey(o: { ctx: UserContext; input: RetireRootKey }): Promise<RetiredRootKey> {
  const { services, actor } = o.ctx
  const { provider, rootKeyId } = o.input
  if (await withRootKeys(() => isCurrentHere(services, o.input))) throw isCurrent(rootKeyId)
  if (!(await withRootKeys(() => isConfigured(services, o.input)))) throw unknown(o.input)
  const isInFile = provider === 'file' && (await withRootKeys(() => fileCanSpare(services, rootKeyId)))
  const target = `root-key:${provider}:${rootKeyId}`
  // Before the act, which cannot be undone; what came of it follows.
  await services.db.withUserSql(actor.userId, (client) =>
    recordAct(client, { actor, action: 'admin.root-key-retirement', target, detail: {} }),
  )
  await retireInDatabase(services, o.input)
  const removal = isInFile ? await removeFromFile(services, rootKeyId) : null
  const isRemoved = removal?.error === null
  await services.db.withUserSql(actor.userId, (client) =>
    recordAct(client, {
      actor,
      action: 'admin.root-key-retired',
      target,
      detail: { removed: isRemoved },
    }),
  )
  const next = removal
    ? afterRemoval(removal)
    : (NEXT[provider]?.(rootKeyId) ?? 'Remove it where it is kept.')
  return { provider, rootKeyId, isRemoved, next }
}

async function isCurrentHere({ rootKeys }: Services, o: RetireRootKey): Promise<boolean> {
  return rootKeys.name === o.provider && (await rootKeys.currentKeyId()) === o.rootKeyId
}

/** Another process may have wrapped with it until a moment ago: it is given the time to say what it wraps with now. */
async function retireInDatabase(services: Services, { provider, rootKeyId }: RetireRootKey): Promise<void> {
  const deadline = performance.now() + REPORTS_WITHIN_MS
  for (let attempt = 0; ; attempt += 1) {
    try {
      const { rows } = await services.db.scheduler.query<{ keys: number }>(
        'SELECT retire_root_key($1, $2)::int AS keys',
        [provider, rootKeyId],
      )
      const keys = rows[0]?.keys ?? 0
      if (keys > 0) throw isInUse({ rootKeyId, keys })
      return
    } catch (error) {
      if (!(error instanceof pg.DatabaseError)) throw error
      if (error.constraint === 'retired_root_keys_without_rotation') throw rotationUnderWay(rootKeyId)
      if (error.constraint !== 'retired_root_keys_are_not_current') throw error
      if (performance.now() > deadline) throw isCurrentElsewhere({ rootKeyId, process: error.detail ?? '' })
    }
    if (attempt === 0) await services.events.publish({ type: 'root-keys' })
    await pause(LOOK_EVERY_MS)
  }
}

/** That the database has retired it stands; a file that cannot be written is told of. */
async function removeFromFile({ env }: Services, rootKeyId: string): Promise<{ error: CryptoError | null }> {
  try {
    await removeRootKey({ path: env.rootKeyFile, id: rootKeyId })
    return { error: null }
  } catch (error) {
    if (error instanceof CryptoError) return { error }
    throw error
  }
}

function afterRemoval({ error }: { error: CryptoError | null }): string {
  if (!error) return 'It was removed from the root key file. Back up the file again.'
  return `It is still in the root key file: ${error.message} Then retire it again.`
}

async function isConfigured({ rootKeys }: Services, o: RetireRootKey): Promise<boolean> {
  const provider = rootKeys.providers.find(({ name }) => name === o.provider)
  return (await provider?.holds?.(o.rootKeyId)) ?? false
}

/** Another provider may be the current one: the file then still has a key that it calls current, and keeps. */
async function fileCanSpare({ env }: Services, rootKeyId: string): Promise<boolean> {
  const keys = await listRootKeys({ path: env.rootKeyFile })
  return keys.some(({ id, current }) => id === rootKeyId && !current)
}

function unknown({ provider, rootKeyId }: RetireRootKey): ServiceError {
  return new ServiceError({
    kind: 'not-found',
    reason: 'ROOT_KEY_UNKNOWN',
    message: `No root key "${rootKeyId}" of the provider "${provider}" is configured.`,
  })
}

function isCurrent(rootKeyId: string): ServiceError {
  return new ServiceError({
    kind: 'conflict',
    reason: 'ROOT_KEY_CURRENT',
    message: `The root key "${rootKeyId}" is the current one. Rotate to another before you retire it.`,
  })
}

function isCurrentElsewhere({ rootKeyId, process }: { rootKeyId: string; process: string }): ServiceError {
  return new ServiceError({
    kind: 'conflict',
    reason: 'ROOT_KEY_CURRENT',
    message: `The root key "${rootKeyId}" is the current one of ${process}. Restart that process with the new configuration; if it has ended, try again in 15 seconds.`,
  })
}

function rotationUnderWay(rootKeyId: string): ServiceError {
  return new ServiceError({
    kind: 'conflict',
    reason: 'ROTATION_UNDER_WAY',
    message: `The root key "${rootKeyId}" cannot be retired while the root key is being rotated. Wait until the rotation has ended, or abandon it.`,
  })
}

function isInUse({ rootKeyId, keys }: { rootKeyId: string; keys: number }): ServiceError {
  return new ServiceError({
    kind: 'conflict',
    reason: 'ROOT_KEY_IN_USE',
    message: `The root key "${rootKeyId}" still wraps ${keys} ${keys === 1 ? 'key' : 'keys'}. Rotate the root key first.`,
  })
}

const NEXT: Record<string, (rootKeyId: string) => string> = {
  env: (id) => `Remove the variable ROOT_KEY_${id} from every process.`,
  vault: (id) => `Close it in Vault: raise min_decryption_version of the key above "${id}".`,
  'aws-kms': () => 'Take it out of AWS_KMS_OLDER_KEY_IDS; KMS keeps the key until you delete it there.',
  'aws-secrets-manager': () => 'Remove the label of this version of the secret.',
  file: () => 'Remove the root key file once no provider needs it, and its copies.',
}
