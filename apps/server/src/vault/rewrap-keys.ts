import { CryptoError, dataKeyContext, type RewrapItem } from '@opentrade/crypto'
import { inTransaction } from '@opentrade/db'
import type pg from 'pg'
import {
  addToRound,
  emptyRound,
  type RotationContext,
  type RoundFailure,
  type RoundOutcome,
} from './rotation-context.ts'
import { addDone } from './rotations.ts'
import { installationKeys, type WrappedTable } from './wrapped-tables.ts'

/** Keys in one transaction, and in one call where a service rewraps many at once. */
const BATCH = 500

/** One that rewraps key by key gets fewer, since they are locked meanwhile. */
const SMALL_BATCH = 100

/** The root key that everything is brought to. */
export interface RewrapTarget {
  rotationId: string
  provider: string
  rootKeyId: string
}

interface LockedKey {
  userId: string
  dataKeyId: string
  provider: string
  rootKeyId: string
  wrapped: Buffer
}

interface Rewrapped<Key> {
  key: Key
  wrapped: Uint8Array
  rootKeyId: string
}

/** What was done, and the root key that it was wrapped with; null when nothing was. */
export interface RewrapOutcome extends RoundOutcome {
  newestRootKeyId: string | null
}

/** Where a round over all data keys begins. */
export const FIRST_KEY: DataKeyPosition = {
  userId: '00000000-0000-0000-0000-000000000000',
  dataKeyId: '00000000-0000-0000-0000-000000000000',
}

export interface DataKeyPosition {
  userId: string
  dataKeyId: string
}

/**
 * Wraps the next data keys anew: those behind `after`, in the order of their ids, that nobody else works at. Bytes
 * are exchanged only where the old ones still stand, in one transaction.
 * @returns what was done and where to go on; null when there is nothing behind `after`
 */
export async function rewrapDataKeys(
  ctx: RotationContext,
  o: { target: RewrapTarget; after: DataKeyPosition },
): Promise<(RewrapOutcome & { last: DataKeyPosition }) | null> {
  const { target, after } = o
  return inTransaction(ctx.db.scheduler, async (client) => {
    const limit = ctx.batch ?? (target.provider === 'aws-kms' ? SMALL_BATCH : BATCH)
    const { rows } = await client.query<LockedKey>(
      `SELECT user_id AS "userId", data_key_id AS "dataKeyId", provider, root_key_id AS "rootKeyId",
              wrapped_key AS wrapped
       FROM lock_data_keys_to_rewrap($1, $2, $3, $4, $5)`,
      [target.provider, target.rootKeyId, after.userId, after.dataKeyId, limit],
    )
    const last = rows.at(-1)
    if (!last) return null
    const { rewrapped, ...outcome } = await rewrapAll(ctx, rows, {
      itemOf: (row) => ({ ...row, context: dataKeyContext({ ...row, deploymentId: ctx.deploymentId }) }),
      nameOf: ({ userId, dataKeyId }) => `the data key ${dataKeyId} of the user ${userId}`,
    })
    await swapDataKeys(client, { target, rewrapped, provider: ctx.rootKeys.name })
    return { ...outcome, last }
  })
}

async function swapDataKeys(
  client: pg.PoolClient,
  o: { target: RewrapTarget; rewrapped: Rewrapped<LockedKey>[]; provider: string },
): Promise<void> {
  const { target, rewrapped } = o
  if (rewrapped.length === 0) return
  const { rows } = await client.query<{ swapped: string }>(
    'SELECT swap_wrapped_data_keys($1, $2, $3, $4, $5, $6, $7) AS swapped',
    [
      target.rotationId,
      rewrapped.map(({ key }) => key.userId),
      rewrapped.map(({ key }) => key.dataKeyId),
      rewrapped.map(({ key }) => key.wrapped),
      rewrapped.map(({ wrapped }) => Buffer.from(wrapped)),
      o.provider,
      rewrapped.map(({ rootKeyId }) => rootKeyId),
    ],
  )
  assertAllSwapped({ swapped: Number(rows[0]?.swapped), of: rewrapped.length })
}

/** The same for the keys of the whole installation, which are few. */
export async function rewrapInstallationKeys(
  ctx: RotationContext,
  o: { target: RewrapTarget },
): Promise<RewrapOutcome> {
  const total: RewrapOutcome = { ...emptyRound(), newestRootKeyId: null }
  for (const table of installationKeys) {
    const part = await inTransaction(ctx.db.pool, (client) =>
      rewrapTable(ctx, { client, table, target: o.target }),
    )
    addToRound(total, part)
    total.newestRootKeyId = part.newestRootKeyId ?? total.newestRootKeyId
  }
  return total
}

async function rewrapTable(
  ctx: RotationContext,
  o: { client: pg.PoolClient; table: WrappedTable; target: RewrapTarget },
): Promise<RewrapOutcome> {
  const { client, table, target } = o
  const { rows } = await client.query<{ id: string; provider: string; rootKeyId: string; wrapped: Buffer }>(
    `SELECT ${table.id} AS id, provider, root_key_id AS "rootKeyId", ${table.wrapped} AS wrapped FROM ${table.name}
     WHERE root_key_id <> $2 OR provider <> $1 ORDER BY ${table.id} FOR UPDATE SKIP LOCKED`,
    [target.provider, target.rootKeyId],
  )
  const { rewrapped, ...outcome } = await rewrapAll(ctx, rows, {
    itemOf: (row) => ({ ...row, context: table.context({ deploymentId: ctx.deploymentId, id: row.id }) }),
    nameOf: ({ id }) => `${id} in ${table.name}`,
  })
  for (const { key, wrapped, rootKeyId } of rewrapped) {
    const { rowCount } = await client.query(
      `UPDATE ${table.name} SET ${table.wrapped} = $3, provider = $4, root_key_id = $5
       WHERE ${table.id} = $1 AND ${table.wrapped} = $2`,
      [key.id, key.wrapped, wrapped, ctx.rootKeys.name, rootKeyId],
    )
    assertAllSwapped({ swapped: rowCount ?? 0, of: 1 })
  }
  if (rewrapped.length > 0) await addDone(client, { rotationId: target.rotationId, rows: rewrapped.length })
  return outcome
}

async function rewrapAll<Key>(
  ctx: RotationContext,
  keys: Key[],
  o: { itemOf: (key: Key) => RewrapItem; nameOf: (key: Key) => string },
): Promise<RewrapOutcome & { rewrapped: Rewrapped<Key>[] }> {
  const results = await ctx.rootKeys.rewrap(keys.map(o.itemOf))
  const rewrapped: Rewrapped<Key>[] = []
  let firstFailure: RoundFailure | null = null
  for (const [index, key] of keys.entries()) {
    const result = results[index]
    if (result && !(result instanceof CryptoError)) rewrapped.push({ key, ...result })
    else firstFailure ??= { of: o.nameOf(key), error: result }
  }
  const newestRootKeyId = rewrapped.at(-1)?.rootKeyId ?? null
  const [changed, failed] = [rewrapped.length, keys.length - rewrapped.length]
  return { rewrapped, changed, failed, firstFailure, newestRootKeyId }
}

/** They were locked, so that nobody can have changed them: what else happened must not be committed. */
function assertAllSwapped({ swapped, of }: { swapped: number; of: number }): void {
  if (swapped !== of) throw new Error(`Of ${of} locked keys, ${swapped} still had their old bytes.`)
}
