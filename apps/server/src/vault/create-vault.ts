import {
  blindIndex,
  createDataKey,
  type DataKey,
  type FieldAad,
  openDataKey,
  type RootKeyProvider,
} from '@opentrade/crypto'
import { type Database, uuidv7 } from '@opentrade/db'
import pg from 'pg'
import { recordAct } from '../audit/record.ts'
import { openBlindIndexKey } from './blind-index-key.ts'
import {
  type DataKeyOwner,
  deleteDataKeys,
  readDataKey,
  reserveEncryptions,
  type StoredDataKey,
  storeGeneration,
} from './data-keys.ts'
import { asDamage, withRootKeys } from './failure.ts'
import { type CachedKey, createKeyCache, type KeyCacheOptions } from './key-cache.ts'
import type { Fields, OpenRequest, SealedFields, SecretRow, Vault } from './vault.ts'

/** PostgreSQL's code (restrict_violation) for a key that a retired root key wrapped. */
const ROOT_KEY_RETIRED = '23001'

export interface VaultOptions {
  db: Database
  rootKeys: RootKeyProvider
  /** Names this installation in everything that is sealed: see `readDeploymentId`. */
  deploymentId: string
  /** Of the unwrapped data keys. */
  cache?: KeyCacheOptions
  /** Called when the current root key turns out to be retired, before another attempt. */
  onRetired?: () => Promise<void>
}

interface BlindIndexKey extends CachedKey {
  key: Parameters<typeof blindIndex>[0]['key']
}

/**
 * Opens the vault over the database's data keys. Keys are unwrapped when they are first needed, so that a root key
 * provider which is down lets the rest of the server start.
 */
export function createVault(options: VaultOptions): Vault {
  const { db, deploymentId } = options
  const dataKeys = createKeyCache<DataKey>(options.cache)
  const blindIndexKeys = createKeyCache<BlindIndexKey>(options.cache)

  function useDataKey<Result>(o: {
    userId: string
    dataKeyId: string
    read: () => Promise<StoredDataKey | undefined>
    run: (key: DataKey) => Result
  }): Promise<Result> {
    const { userId, dataKeyId, read, run } = o
    const load = async () => unwrapDataKey({ options, userId, dataKeyId, stored: await read() })
    return dataKeys.use(dataKeyId, { load, run })
  }

  return {
    async seal({ row, fields }) {
      const { userId, rowId } = row
      const stored = await currentDataKey({ options, userId, rowId, fields: Object.keys(fields).length })
      const { dataKeyId } = stored
      return useDataKey({
        userId,
        dataKeyId,
        read: async () => stored,
        run: (key) => ({ dataKeyId, fields: sealFields({ key, deploymentId, row, fields }) }),
      })
    },

    async withPlaintext(request) {
      const { userId } = request.row
      await recordOpening(db, request)
      const { dataKeyId } = request
      const read = () => readDataKey(db, { userId, dataKeyId })
      return useDataKey({ userId, dataKeyId, read, run: (key) => runWith({ key, deploymentId, request }) })
    },

    fingerprint(request) {
      return blindIndexKeys.use('', {
        load: async () => ({ key: await openBlindIndexKey(options), destroy: () => undefined }),
        run: ({ key }) => blindIndex({ key, ...request }),
      })
    },

    async shred(client, o) {
      const dataKeyIds = await deleteDataKeys(client, o)
      for (const dataKeyId of dataKeyIds) dataKeys.forget(dataKeyId)
    },

    close() {
      dataKeys.clear()
      blindIndexKeys.clear()
    },
  }
}

/** Two rounds are enough: what one process makes, or another made first, has room for the fields of a row. */
async function currentDataKey(
  o: DataKeyOwner & { options: VaultOptions; fields: number },
): Promise<StoredDataKey> {
  const { options, userId, rowId, fields } = o
  for (let round = 0; round < 3; round += 1) {
    const stored = await reserveEncryptions(options.db, { userId, rowId, fields })
    if (stored) return stored
    await makeGeneration(o)
  }
  return withRootKeys(async () => {
    throw new Error(
      'No data key could be stored, since the current root key is retired. Rotate the root key, or make another one current.',
    )
  })
}

async function makeGeneration(o: DataKeyOwner & { options: VaultOptions; fields: number }): Promise<void> {
  const { userId, rowId, fields } = o
  const { db, rootKeys: provider, deploymentId } = o.options
  const dataKeyId = uuidv7()
  // Outside of any transaction: a remote provider may take its time.
  const { dataKey, record } = await withRootKeys(() =>
    createDataKey({ provider, deploymentId, userId, dataKeyId }),
  )
  // It is opened from its stored form before it seals anything, which shows that it can be opened.
  dataKey.destroy()
  try {
    await storeGeneration(db, { userId, rowId, dataKeyId, record, fields })
  } catch (error) {
    // Its root key was retired: the next round makes one with the root key that is current by then.
    if (!(error instanceof pg.DatabaseError) || error.code !== ROOT_KEY_RETIRED) throw error
    await o.options.onRetired?.()
  }
}

function unwrapDataKey(o: {
  options: VaultOptions
  userId: string
  dataKeyId: string
  stored: StoredDataKey | undefined
}): Promise<DataKey> {
  const { options, userId, dataKeyId, stored } = o
  return withRootKeys(async () => {
    if (!stored) throw new Error(`The data key ${dataKeyId} of user ${userId} is not in the database.`)
    return openDataKey({
      provider: options.rootKeys,
      deploymentId: options.deploymentId,
      userId,
      dataKeyId,
      record: stored,
      encryptions: 0,
    })
  })
}

/** Committed before anything is decrypted: without this entry there is no opening. */
async function recordOpening(db: Database, request: OpenRequest<unknown>): Promise<void> {
  const { row, actor, reason, dataKeyId, fields } = request
  await db.withUserSql(row.userId, (client) =>
    recordAct(client, {
      actor: { ...actor, userId: row.userId },
      action: 'vault.opened',
      target: `${row.table}:${row.rowId}`,
      detail: {
        ...{ reason, exchangeId: row.exchangeId, dataKeyId, secretVersion: row.secretVersion },
        fields: Object.keys(fields),
      },
    }),
  )
}

function sealFields(o: {
  key: DataKey
  deploymentId: string
  row: SecretRow
  fields: Fields<string>
}): SealedFields['fields'] {
  const sealed: Record<string, Uint8Array> = {}
  for (const [field, text] of Object.entries(o.fields)) {
    const plaintext = Buffer.from(text, 'utf8')
    sealed[field] = o.key.seal(plaintext, placeOf({ ...o, field }))
    plaintext.fill(0)
  }
  return sealed
}

function runWith<Result>(o: { key: DataKey; deploymentId: string; request: OpenRequest<Result> }): Result {
  const { key, deploymentId, request } = o
  const opened: Record<string, Uint8Array> = {}
  try {
    for (const [field, record] of Object.entries(request.fields)) {
      opened[field] = openField({ key, record, place: placeOf({ deploymentId, row: request.row, field }) })
    }
    return request.run(opened)
  } finally {
    for (const plaintext of Object.values(opened)) plaintext.fill(0)
  }
}

function openField(o: { key: DataKey; record: Uint8Array; place: FieldAad }): Uint8Array {
  try {
    return o.key.open(o.record, o.place)
  } catch (error) {
    throw asDamage(error)
  }
}

function placeOf(o: { deploymentId: string; row: SecretRow; field: string }): FieldAad {
  return { deploymentId: o.deploymentId, ...o.row, field: o.field }
}
