import {
  CryptoError,
  createDataKey,
  type DataKey,
  type DataKeyRecord,
  type FieldAad,
  openDataKey,
} from '@opentrade/crypto'
import { uuidv7 } from '@opentrade/db'
import pg from 'pg'
import { emptyRound, type RotationContext, type RoundFailure, type RoundOutcome } from './rotation-context.ts'
import { addDone } from './rotations.ts'
import { lockRowsSql, type SealedTable, swapRowsSql } from './sealed-tables.ts'

/** Rows in one transaction. */
const BATCH = 500

/** A key that a service makes takes a call each, and the rows are locked meanwhile. */
const SMALL_BATCH = 25

/** Rows that are sealed at the same time: as many calls may be under way to a service. */
const AT_ONCE = 25

/** PostgreSQL's code for a lock that was not to be had in time. */
const LOCK_NOT_AVAILABLE = '55P03'

interface LockedRow extends DataKeyRecord, Record<string, unknown> {
  rowId: string
  exchangeId: string
  secretVersion: number
  dataKeyId: string
}

interface FreshKey {
  dataKeyId: string
  dataKey: DataKey
  record: DataKeyRecord
}

interface ResealedRow {
  row: LockedRow
  /** The new data key as it is stored. */
  dataKeyId: string
  record: DataKeyRecord
  encryptions: number
  /** By field, the old bytes and the new ones; null where the row has none. */
  fields: { old: Uint8Array | null; new: Uint8Array | null }[]
}

export interface ResealRequest {
  table: SealedTable
  userId: string
  /** Null: not as part of a rotation. */
  rotationId: string | null
  /** Rows with data keys from before it are sealed anew. */
  createdBefore: Date
  /** The row behind which to go on. */
  after: string
}

/**
 * Seals the next rows of a user anew, each with a data key of its own that is made for it: those behind `after`
 * that nobody else works at. Row, version and field stay bound to what is sealed.
 *
 * Every opening is in the user's audit log, committed before anything is decrypted. Bytes are exchanged only where
 * the old ones still stand, together with the new data key, in one transaction. The old data key goes on opening
 * what readers hold, until it is destroyed.
 * @returns what was done and where to go on; null when there is nothing behind `after`
 */
export async function resealRows(
  ctx: RotationContext,
  o: ResealRequest,
): Promise<(RoundOutcome & { last: string }) | null> {
  return ctx.db.withUserSql(o.userId, async (client) => {
    const { rows } = await client.query<LockedRow>({
      name: `reseal_lock_${o.table.name}`,
      text: lockRowsSql(o.table),
      values: [o.userId, o.createdBefore, o.after, batchSize(ctx)],
    })
    const last = rows.at(-1)?.rowId
    if (last === undefined) return null
    if (!(await recordOpenings(ctx, o, rows))) return { ...emptyRound(), last }
    const { resealed, firstFailure } = await resealAll(ctx, o, rows)
    await storeFreshKeys(client, o, resealed)
    await swapRows(client, o, resealed)
    await retireOldKeys(client, o, resealed)
    const changed = resealed.length
    if (o.rotationId !== null && changed > 0) {
      await addDone(client, { rotationId: o.rotationId, rows: changed })
    }
    return { changed, failed: rows.length - changed, firstFailure, last }
  })
}

function batchSize(ctx: RotationContext): number {
  return ctx.batch ?? (isRemote(ctx) ? SMALL_BATCH : BATCH)
}

/**
 * On a connection of its own, since it must be committed first. Whoever writes to the log may be waiting for one of
 * our rows: neither must wait for ever, so we give up and come again.
 * @returns false when the log was busy
 */
async function recordOpenings(ctx: RotationContext, o: ResealRequest, rows: LockedRow[]): Promise<boolean> {
  const details = rows.map(({ dataKeyId, secretVersion }) =>
    JSON.stringify({ reason: 'rotation of data keys', dataKeyId, secretVersion, fields: o.table.fields }),
  )
  try {
    await ctx.db.withUserSql(o.userId, async (client) => {
      await client.query("SET LOCAL lock_timeout = '2s'")
      await client.query({
        name: 'append_audit_rows',
        text: 'SELECT append_audit_rows($1, $2, $3, $4, $5, NULL)',
        values: [
          o.userId,
          o.rotationId === null ? 'job:vault.sweep' : `rotation:${o.rotationId}`,
          'vault.opened',
          rows.map(({ rowId }) => `${o.table.name}:${rowId}`),
          details,
        ],
      })
    })
    return true
  } catch (error) {
    if (error instanceof pg.DatabaseError && error.code === LOCK_NOT_AVAILABLE) return false
    throw error
  }
}

/** Rows that do not open are left out: they stay as they are. */
async function resealAll(
  ctx: RotationContext,
  o: ResealRequest,
  rows: LockedRow[],
): Promise<{ resealed: ResealedRow[]; firstFailure: RoundFailure | null }> {
  const resealed: ResealedRow[] = []
  let firstFailure: RoundFailure | null = null
  for (let at = 0; at < rows.length; at += AT_ONCE) {
    const some = rows.slice(at, at + AT_ONCE)
    const results = await resealSome(ctx, o, { rows: some, isFirst: at === 0 })
    for (const [index, result] of results.entries()) {
      if (result.status === 'fulfilled') resealed.push(result.value)
      // What is wrong with the provider, or with us, is wrong for all of them.
      else if (!isOfTheRow(result.reason)) throw result.reason
      else firstFailure ??= { of: nameOf(o, some[index]), error: result.reason }
    }
  }
  return { resealed, firstFailure }
}

function nameOf({ table, userId }: ResealRequest, row: LockedRow | undefined): string {
  return `${table.name}:${row?.rowId} of the user ${userId}`
}

/** Few at a time: what each needs in memory is let go of soon. */
async function resealSome(
  ctx: RotationContext,
  o: ResealRequest,
  { rows, isFirst }: { rows: LockedRow[]; isFirst: boolean },
): Promise<PromiseSettledResult<ResealedRow>[]> {
  const oldKeys = new Map<string, Promise<DataKey>>()
  return Promise.allSettled(
    rows.map(async (row, index) => {
      const { dataKeyId } = row
      const opening = oldKeys.get(dataKeyId) ?? openKey(ctx, { ...o, dataKeyId, record: row })
      oldKeys.set(dataKeyId, opening)
      const old = await opening
      return resealRow(ctx, o, {
        row,
        old,
        fresh: await makeKey(ctx, { ...o, isFirst: isFirst && index === 0 }),
      })
    }),
  )
}

function isOfTheRow(error: unknown): boolean {
  return (
    error instanceof CryptoError &&
    (!error.code.startsWith('PROVIDER_') || error.code === 'PROVIDER_NOT_CONFIGURED')
  )
}

function openKey(
  ctx: RotationContext,
  o: { userId: string; dataKeyId: string; record: DataKeyRecord },
): Promise<DataKey> {
  const { rootKeys: provider, deploymentId } = ctx
  return openDataKey({ provider, deploymentId, userId: o.userId, dataKeyId: o.dataKeyId, record: o.record })
}

/**
 * What a service wrapped was opened before it came here. Of the keys that are wrapped in this process, one in each
 * batch is opened from its stored form before it seals anything, and shows it for all.
 */
async function makeKey(ctx: RotationContext, o: { userId: string; isFirst: boolean }): Promise<FreshKey> {
  const { userId } = o
  const dataKeyId = uuidv7()
  const { rootKeys: provider, deploymentId } = ctx
  const { dataKey, record } = await createDataKey({ provider, deploymentId, userId, dataKeyId })
  if (!o.isFirst) return { dataKeyId, record, dataKey }
  dataKey.destroy()
  return { dataKeyId, record, dataKey: await openKey(ctx, { userId, dataKeyId, record }) }
}

function isRemote({ rootKeys }: RotationContext): boolean {
  return rootKeys.providers[0]?.generate !== undefined
}

function resealRow(
  ctx: RotationContext,
  o: ResealRequest,
  { row, old, fresh }: { row: LockedRow; old: DataKey; fresh: FreshKey },
): ResealedRow {
  const place = {
    deploymentId: ctx.deploymentId,
    table: o.table.name,
    rowId: row.rowId,
    userId: o.userId,
    exchangeId: row.exchangeId,
    secretVersion: row.secretVersion,
  }
  const fields = o.table.fields.map((field) => {
    const sealed = row[field]
    if (!(sealed instanceof Uint8Array)) return { old: null, new: null }
    return {
      old: sealed,
      new: resealField({ old, fresh: fresh.dataKey, sealed, place: { ...place, field } }),
    }
  })
  const { dataKeyId, record, dataKey } = fresh
  const { encryptions } = dataKey
  dataKey.destroy()
  return { row, dataKeyId, record, encryptions, fields }
}

function resealField(o: { old: DataKey; fresh: DataKey; sealed: Uint8Array; place: FieldAad }): Uint8Array {
  const plaintext = o.old.open(o.sealed, o.place)
  try {
    return o.fresh.seal(plaintext, o.place)
  } finally {
    plaintext.fill(0)
  }
}

async function storeFreshKeys(client: pg.PoolClient, o: ResealRequest, rows: ResealedRow[]): Promise<void> {
  const records = rows.map(({ record }) => record)
  await client.query({
    name: 'reseal_store_keys',
    text: `INSERT INTO data_keys (user_id, row_id, data_key_id, provider, root_key_id, wrapped_key, commitment,
             encryptions)
           SELECT $1, * FROM unnest($2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::bytea[], $7::bytea[], $8::int[])`,
    values: [
      o.userId,
      rows.map(({ row }) => row.rowId),
      rows.map(({ dataKeyId }) => dataKeyId),
      records.map(({ provider }) => provider),
      records.map(({ rootKeyId }) => rootKeyId),
      records.map(({ wrappedKey }) => asBuffer(wrappedKey)),
      records.map(({ commitment }) => asBuffer(commitment)),
      rows.map(({ encryptions }) => encryptions),
    ],
  })
}

async function swapRows(client: pg.PoolClient, o: ResealRequest, rows: ResealedRow[]): Promise<void> {
  const { rowCount } = await client.query({
    name: `reseal_swap_${o.table.name}`,
    text: swapRowsSql(o.table),
    values: [
      o.userId,
      rows.map(({ row }) => row.rowId),
      rows.map(({ dataKeyId }) => dataKeyId),
      ...o.table.fields.flatMap((_, index) => [
        rows.map(({ fields }) => asBuffer(fields[index]?.old)),
        rows.map(({ fields }) => asBuffer(fields[index]?.new)),
      ]),
    ],
  })
  // They were locked, so that nobody can have changed them: what else happened must not be committed.
  if (rowCount !== rows.length)
    throw new Error(`Of ${rows.length} locked rows, ${rowCount} had their old bytes.`)
}

/** The older keys of rows that have moved. One that several rows share is retired when the last of them has. */
async function retireOldKeys(client: pg.PoolClient, o: ResealRequest, rows: ResealedRow[]): Promise<void> {
  await client.query({
    name: 'reseal_retire_keys',
    text: `UPDATE data_keys d SET status = 'retired', retired_at = now()
           WHERE d.user_id = $1 AND d.row_id = ANY ($2::uuid[]) AND d.status <> 'retired'
             AND d.data_key_id <> ALL ($3::uuid[])`,
    values: [o.userId, rows.map(({ row }) => row.rowId), rows.map(({ dataKeyId }) => dataKeyId)],
  })
}

/** pg knows a Buffer as bytes; any other array of numbers it would write as one. */
function asBuffer(bytes: Uint8Array | null | undefined): Buffer | null {
  return bytes ? Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength) : null
}
