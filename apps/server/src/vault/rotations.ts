import type { Queryable } from '@opentrade/db'
import type pg from 'pg'
import { RotationEnded } from './rotation-context.ts'

/** What is rotated: the root key that wraps data keys, or the data keys that seal fields. */
export type RotationKind = 'root' | 'data'

/** A rotation as it is stored. */
export interface StoredRotation {
  rotationId: string
  kind: RotationKind
  status: 'running' | 'waiting' | 'done' | 'failed' | 'abandoned'
  step: 'preparing' | 'staged' | 'wrapping' | 'sealing' | 'finished'
  /** Null: of all users. */
  onlyUser: string | null
  /** The root key that everything is brought to; null until it is known, and for data keys. */
  provider: string | null
  rootKeyId: string | null
  total: number
  done: number
  error: RotationFault | null
  startedAt: Date
  updatedAt: Date
  finishedAt: Date | null
}

/** Why a rotation waits, or why it has failed, for an administrator. No secret is in it. */
export interface RotationFault {
  code: string
  message: string
}

const IS_OPEN = "status IN ('running', 'waiting')"

const COLUMNS = `rotation_id AS "rotationId", kind, status, step, only_user AS "onlyUser", provider,
  root_key_id AS "rootKeyId", total, done, error, started_at AS "startedAt", updated_at AS "updatedAt",
  finished_at AS "finishedAt"`

/** One rotation; undefined when there is none of that id. */
export async function readRotation(
  q: Queryable,
  o: { rotationId: string },
): Promise<StoredRotation | undefined> {
  const { rows } = await q.query<StoredRotation>(`SELECT ${COLUMNS} FROM rotations WHERE rotation_id = $1`, [
    o.rotationId,
  ])
  return rows[0]
}

/** The newest rotations first. */
export async function readRotations(q: Queryable, o: { limit: number }): Promise<StoredRotation[]> {
  const { rows } = await q.query<StoredRotation>(
    `SELECT ${COLUMNS} FROM rotations ORDER BY started_at DESC, rotation_id DESC LIMIT $1`,
    [o.limit],
  )
  return rows
}

/**
 * Opens a rotation, or joins the one of its kind that is under way. A root key's rotation that has failed is taken
 * up again where it ended, to the same root key unless that was retired since.
 */
export async function openRotation(
  q: Queryable,
  o: { kind: RotationKind; onlyUser: string | null; startedBy: string | null },
): Promise<{ rotationId: string; joined: boolean }> {
  for (;;) {
    const resumed = o.kind === 'root' ? await resumeFailed(q) : undefined
    if (resumed) return { rotationId: resumed, joined: false }
    const opened = await insertRotation(q, o)
    if (opened) return { rotationId: opened, joined: false }
    const { rows } = await q.query<{ rotationId: string }>(
      `SELECT rotation_id AS "rotationId" FROM rotations
       WHERE kind = $1 AND only_user IS NOT DISTINCT FROM $2 AND ${IS_OPEN}`,
      [o.kind, o.onlyUser],
    )
    // It may have ended since: then there is room for another.
    if (rows[0]) return { rotationId: rows[0].rotationId, joined: true }
  }
}

async function insertRotation(
  q: Queryable,
  o: { kind: RotationKind; onlyUser: string | null; startedBy: string | null },
): Promise<string | undefined> {
  const { rows } = await q.query<{ rotationId: string }>(
    `INSERT INTO rotations (kind, only_user, started_by) VALUES ($1, $2, $3)
     ON CONFLICT DO NOTHING RETURNING rotation_id AS "rotationId"`,
    [o.kind, o.onlyUser, o.startedBy],
  )
  return rows[0]?.rotationId
}

async function resumeFailed(q: Queryable): Promise<string | undefined> {
  const { rows } = await q.query<{ rotationId: string }>(
    `UPDATE rotations r SET status = 'running', error = NULL, finished_at = NULL, updated_at = now(),
       root_key_id = CASE WHEN provider = 'file' AND NOT EXISTS (
         SELECT FROM retired_root_keys k WHERE k.provider = r.provider AND k.root_key_id = r.root_key_id
       ) THEN root_key_id END
     WHERE r.status = 'failed' AND r.rotation_id = (
       SELECT rotation_id FROM rotations WHERE kind = 'root' ORDER BY started_at DESC, rotation_id DESC LIMIT 1)
     RETURNING rotation_id AS "rotationId"`,
  )
  return rows[0]?.rotationId
}

/**
 * Names the root key that a rotation brings everything to, unless another process was first; returns what holds. The
 * database refuses a root key that was retired.
 * @throws RotationEnded
 */
export async function setTarget(
  q: Queryable,
  o: { rotationId: string; provider: string; rootKeyId: string },
): Promise<{ provider: string; rootKeyId: string }> {
  const { rows } = await q.query<{ provider: string; rootKeyId: string }>(
    `UPDATE rotations SET provider = $2::text, step = 'staged', updated_at = now(),
       root_key_id = CASE WHEN provider = $2::text THEN coalesce(root_key_id, $3::text) ELSE $3::text END
     WHERE rotation_id = $1 AND ${IS_OPEN} RETURNING provider, root_key_id AS "rootKeyId"`,
    [o.rotationId, o.provider, o.rootKeyId],
  )
  if (!rows[0]) throw new RotationEnded()
  return rows[0]
}

/**
 * The provider has a newer root key than when the rotation began: everything is brought to that one.
 * @throws RotationEnded
 */
export async function moveTarget(q: Queryable, o: { rotationId: string; rootKeyId: string }): Promise<void> {
  const { rowCount } = await q.query(
    `UPDATE rotations SET root_key_id = $2, updated_at = now() WHERE rotation_id = $1 AND ${IS_OPEN}`,
    [o.rotationId, o.rootKeyId],
  )
  if (rowCount === 0) throw new RotationEnded()
}

/**
 * Keeps a rotation from ending, and its root key from being retired, until the transaction ends.
 * @throws RotationEnded
 */
export async function holdOpen(client: pg.PoolClient, o: { rotationId: string }): Promise<void> {
  const { rowCount } = await client.query(
    `SELECT FROM rotations WHERE rotation_id = $1 AND ${IS_OPEN} FOR UPDATE`,
    [o.rotationId],
  )
  if (rowCount === 0) throw new RotationEnded()
}

/** @throws RotationEnded when somebody else has ended or abandoned it */
export async function assertOpen(q: Queryable, o: { rotationId: string }): Promise<void> {
  const { rowCount } = await q.query(`SELECT FROM rotations WHERE rotation_id = $1 AND ${IS_OPEN}`, [
    o.rotationId,
  ])
  if (rowCount === 0) throw new RotationEnded()
}

/**
 * Gives up a rotation that has not come to its end; returns whether this did. What it has done stays, and what it
 * waited for is of no interest any more.
 */
export async function giveUpRotation(q: Queryable, o: { rotationId: string }): Promise<boolean> {
  const { rowCount } = await q.query(
    `UPDATE rotations SET status = 'abandoned', error = NULL, finished_at = now(), updated_at = now()
     WHERE rotation_id = $1 AND status IN ('running', 'waiting', 'failed')`,
    [o.rotationId],
  )
  return rowCount === 1
}

/** Notes that work goes on, and how much of it is left. */
export async function noteWork(
  q: Queryable,
  o: { rotationId: string; step: 'wrapping' | 'sealing'; left: number },
): Promise<void> {
  await q.query(
    `UPDATE rotations SET step = $2, total = done + $3, status = 'running', error = NULL, updated_at = now()
     WHERE rotation_id = $1 AND ${IS_OPEN}`,
    [o.rotationId, o.step, o.left],
  )
}

/** Adds to what is done, in the transaction in which it was done. */
export async function addDone(q: Queryable, o: { rotationId: string; rows: number }): Promise<void> {
  await q.query('UPDATE rotations SET done = done + $2, updated_at = now() WHERE rotation_id = $1', [
    o.rotationId,
    o.rows,
  ])
}

/** Notes that a rotation goes on by itself when something has passed. */
export async function noteWaiting(
  q: Queryable,
  o: { rotationId: string; error: RotationFault },
): Promise<void> {
  await q.query(
    `UPDATE rotations SET status = 'waiting', error = $2, updated_at = now()
     WHERE rotation_id = $1 AND ${IS_OPEN}`,
    [o.rotationId, JSON.stringify(o.error)],
  )
}

/** Ends a rotation: done, or failed with the reason. */
export async function finishRotation(
  q: Queryable,
  o: { rotationId: string; error: RotationFault | null },
): Promise<void> {
  await q.query(
    `UPDATE rotations SET status = CASE WHEN $2::jsonb IS NULL THEN 'done' ELSE 'failed' END, error = $2,
       step = CASE WHEN $2::jsonb IS NULL THEN 'finished' ELSE step END,
       total = CASE WHEN $2::jsonb IS NULL THEN done ELSE total END, finished_at = now(), updated_at = now()
     WHERE rotation_id = $1 AND ${IS_OPEN}`,
    [o.rotationId, o.error && JSON.stringify(o.error)],
  )
}

/** Those that nobody has worked at for a while, though they have not ended. */
export async function readLeftRotations(q: Queryable, o: { quietSeconds: number }): Promise<string[]> {
  const { rows } = await q.query<{ rotationId: string }>(
    `SELECT rotation_id AS "rotationId" FROM rotations
     WHERE ${IS_OPEN} AND abs(extract(epoch FROM now() - updated_at)) > $1`,
    [o.quietSeconds],
  )
  return rows.map((row) => row.rotationId)
}
