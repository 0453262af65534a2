import { setTimeout as pause } from 'node:timers/promises'
import { CryptoError, isPassingFault } from '@opentrade/crypto'
import { resealRows } from './reseal-rows.ts'
import {
  addToRound,
  assertGoesOn,
  emptyRound,
  incomplete,
  type RotationContext,
  RotationEnded,
  RotationWaits,
  type RoundOutcome,
} from './rotation-context.ts'
import { assertOpen, finishRotation, noteWork, readRotation, type StoredRotation } from './rotations.ts'
import { sealedTables, UNUSED } from './sealed-tables.ts'

const NO_ID = '00000000-0000-0000-0000-000000000000'
const USERS_AT_A_TIME = 1_000
const LOOK_EVERY_MS = 50

/** So many batches are under way in one process: while PostgreSQL works at one, the next is sealed. */
const WORKERS = 3

/**
 * Seals every row anew that was sealed before the rotation began, each with a data key of its own that is made for
 * it. The old data keys are retired, and destroyed a while later.
 *
 * Readers and writers go on. It may be killed at any point and called again, here or elsewhere, and any number of
 * processes may work at it at a time: each row is sealed anew once. Returns, too, when another process has brought it
 * to its end, or somebody has abandoned it.
 * @throws RotationWaits when it goes on by itself later, RotationIncomplete when some rows do not open and were left
 * as they were, RotationInterrupted by the signal, and what the provider throws for good
 */
export async function rotateDataKeys(ctx: RotationContext, o: { rotationId: string }): Promise<void> {
  const rotation = await readRotation(ctx.db.pool, o)
  if (!rotation) throw new Error(`The rotation ${o.rotationId} is not in the database.`)
  try {
    await resealEverything(ctx, rotation)
    await finishRotation(ctx.db.pool, { rotationId: o.rotationId, error: null })
    await ctx.publish(o.rotationId)
  } catch (error) {
    if (error instanceof RotationEnded) return
    if (isPassingFault(error) && error instanceof CryptoError)
      throw new RotationWaits(error.code, error.message, { cause: error })
    throw error
  }
}

async function resealEverything(ctx: RotationContext, rotation: StoredRotation): Promise<void> {
  const { rotationId } = rotation
  let done = false
  while (!done) {
    const before = await countOldRows(ctx, rotation)
    await noteWork(ctx.db.pool, { rotationId, step: 'sealing', left: before })
    await ctx.publish(rotationId)
    const round = await resealRound(ctx, rotation)
    const left = await countOldRows(ctx, rotation)
    if (left > 0 && round.changed === 0) {
      if (left <= round.failed) throw incomplete('row', round)
      // Somebody else holds what is left.
      await pause(LOOK_EVERY_MS)
    }
    done = left === 0
  }
}

/** One round over all users that have old data keys. */
async function resealRound(ctx: RotationContext, rotation: StoredRotation): Promise<RoundOutcome> {
  const { rotationId, startedAt: createdBefore, onlyUser } = rotation
  const round = emptyRound()
  let after = NO_ID
  for (;;) {
    await assertOpen(ctx.db.pool, rotation)
    const userIds = onlyUser === null ? await readOldUsers(ctx, { createdBefore, after }) : [onlyUser]
    const workers = workersOf(ctx)
    await Promise.all(
      Array.from({ length: workers }, async (_, worker) => {
        // Each begins elsewhere; where they meet, they share the rows of one user, or find nothing left.
        for (const userId of turned(userIds, (worker * userIds.length) / workers)) {
          await assertOpen(ctx.db.pool, rotation)
          addToRound(round, await resealUser(ctx, { rotationId, userId, createdBefore }))
        }
      }),
    )
    after = userIds.at(-1) ?? after
    if (onlyUser !== null || userIds.length < USERS_AT_A_TIME) return round
  }
}

/** Each worker takes two connections of the pool, and others need some, too. */
function workersOf({ db }: RotationContext): number {
  return Math.max(1, Math.min(WORKERS, Math.floor(db.pool.options.max / 3)))
}

function turned<Item>(items: Item[], by: number): Item[] {
  const start = Math.floor(by)
  return [...items.slice(start), ...items.slice(0, start)]
}

/**
 * Seals a user's rows anew whose data key is from before a time, or was retired, and retires data keys that nothing
 * is sealed with any more.
 */
export async function resealUser(
  ctx: RotationContext,
  o: { rotationId: string | null; userId: string; createdBefore: Date },
): Promise<RoundOutcome> {
  const round = emptyRound()
  for (const table of sealedTables) {
    let after = NO_ID
    for (;;) {
      assertGoesOn(ctx)
      const batch = await resealRows(ctx, { ...o, table, after })
      if (!batch) break
      addToRound(round, batch)
      after = batch.last
      if (o.rotationId !== null) await ctx.publish(o.rotationId)
    }
  }
  await retireUnusedKeys(ctx, o)
  return round
}

async function retireUnusedKeys(
  ctx: RotationContext,
  o: { userId: string; createdBefore: Date },
): Promise<void> {
  await ctx.db.withUserSql(o.userId, (client) =>
    client.query(
      `UPDATE data_keys d SET status = 'retired', retired_at = now()
       WHERE d.user_id = $1 AND d.created_at < $2 AND d.status <> 'retired' AND ${UNUSED}`,
      [o.userId, o.createdBefore],
    ),
  )
}

async function readOldUsers(
  ctx: RotationContext,
  o: { createdBefore: Date; after: string },
): Promise<string[]> {
  const { rows } = await ctx.db.scheduler.query<{ userId: string }>(
    'SELECT users_with_old_data_keys($1, $2, $3) AS "userId"',
    [o.createdBefore, o.after, USERS_AT_A_TIME],
  )
  return rows.map((row) => row.userId)
}

async function countOldRows(ctx: RotationContext, rotation: StoredRotation): Promise<number> {
  const { rows } = await ctx.db.scheduler.query<{ rows: number }>(
    'SELECT count_old_data_keys($1, $2)::int AS rows',
    [rotation.startedAt, rotation.onlyUser],
  )
  return rows[0]?.rows ?? 0
}
