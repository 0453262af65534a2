import { listRootKeys, retireRootKey as removeFromFile } from '@opentrade/crypto'
import { recordAct } from '../audit/record.ts'
import type { Services, UserContext } from '../context.ts'
import { ServiceError } from '../errors.ts'
import type { RetiredRootKey, RetireRootKey } from './schemas.ts'

/**
 * Retires a root key by which nothing is wrapped: from then on the database refuses whatever it would wrap. One of
 * the provider `file` is removed from the file for ever; elsewhere that is for the operator to do.
 * @throws ServiceError `ROOT_KEY_IN_USE` with the number of keys that it still wraps, `ROOT_KEY_CURRENT`,
 * `ROOT_KEY_UNKNOWN`
 */
export async function retireRootKey(o: { ctx: UserContext; input: RetireRootKey }): Promise<RetiredRootKey> {
  const { services, actor } = o.ctx
  const { provider, rootKeyId } = o.input
  const { rootKeys } = services
  if (rootKeys.name === provider && (await rootKeys.currentKeyId()) === rootKeyId) throw isCurrent(rootKeyId)
  if (!(await isConfigured(services, o.input))) throw unknown(o.input)
  const isInFile = provider === 'file' && (await fileCanSpare(services, rootKeyId))
  const target = `root-key:${provider}:${rootKeyId}`
  // Before the act, which cannot be undone; what came of it follows.
  await services.db.withUserSql(actor.userId, (client) =>
    recordAct(client, { actor, action: 'admin.root-key-retirement', target, detail: {} }),
  )
  const { rows } = await services.db.scheduler.query<{ keys: number }>(
    'SELECT retire_root_key($1, $2)::int AS keys',
    [provider, rootKeyId],
  )
  const keys = rows[0]?.keys ?? 0
  if (keys > 0) throw isInUse({ rootKeyId, keys })
  if (isInFile) await removeFromFile({ path: services.env.rootKeyFile, id: rootKeyId })
  await services.db.withUserSql(actor.userId, (client) =>
    recordAct(client, {
      actor,
      action: 'admin.root-key-retired',
      target,
      detail: { removed: isInFile },
    }),
  )
  return { provider, rootKeyId, isRemoved: isInFile, next: nextStep({ provider, rootKeyId, isInFile }) }
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

function nextStep(o: { provider: string; rootKeyId: string; isInFile: boolean }): string {
  if (o.isInFile) return 'It was removed from the root key file. Back up the file anew.'
  return NEXT[o.provider]?.(o.rootKeyId) ?? 'Remove it where it is kept.'
}
