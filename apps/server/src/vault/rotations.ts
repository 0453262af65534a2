import type { Queryable } from '@opentrade/db'

/** What is rotated: the root key that wraps data keys, or the data keys that seal fields. */
export type RotationKind = 'root' | 'data'

/** A rotation as it is stored. */
export interface StoredRotation {
  rotationId: string
  kind: RotationKind
  status: 'running' | 'waiting' | 'done' | 'failed'
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

/** Why a rotation waits or has failed, for an administrator. No secret is in it. */
export interface RotationFault {
  code: string
  message: string
}

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
 * up again where it ended.
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
       WHERE kind = $1 AND only_user IS NOT DISTINCT FROM $2 AND status IN ('running', 'waiting')`,
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
       root_key_id = CASE WHEN provider = 'file' THEN root_key_id END
     WHERE r.status = 'failed' AND r.rotation_id = (
       SELECT rotation_id FROM rotations WHERE kind = 'root' ORDER BY started_at DESC, rotation_id DESC LIMIT 1)
     RETURNING rotation_id AS "rotationId"`,
  )
  return rows[0]?.rotationId
}

/** Names the root key that a rotation brings everything to, unless another process was first; returns what holds. */
export async function setTarget(
  q: Queryable,
  o: { rotationId: string; provider: string; rootKeyId: string },
): Promise<{ provider: string; rootKeyId: string }> {
  const { rows } = await q.query<{ provider: string; rootKeyId: string }>(
    `UPDATE rotations SET provider = $2::text, step = 'staged', updated_at = now(),
       root_key_id = CASE WHEN provider = $2::text THEN coalesce(root_key_id, $3::text) ELSE $3::text END
     WHERE rotation_id = $1 RETURNING provider, root_key_id AS "rootKeyId"`,
    [o.rotationId, o.provider, o.rootKeyId],
  )
  if (!rows[0]) throw new Error(`The rotation ${o.rotationId} is not in the database.`)
  return rows[0]
}

/** The provider has a newer root key than when the rotation began: everything is brought to that one. */
export async function moveTarget(q: Queryable, o: { rotationId: string; rootKeyId: string }): Promise<void> {
  await q.query('UPDATE rotations SET root_key_id = $2, updated_at = now() WHERE rotation_id = $1', [
    o.rotationId,
    o.rootKeyId,
  ])
}

/** Notes that work goes on, and how much of it is left. */
export async function noteWork(
  q: Queryable,
  o: { rotationId: string; step: 'wrapping' | 'sealing'; left: number },
): Promise<void> {
  await q.query(
    `UPDATE rotations SET step = $2, total = done + $3, status = 'running', error = NULL, updated_at = now()
     WHERE rotation_id = $1 AND status IN ('running', 'waiting')`,
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
     WHERE rotation_id = $1 AND status IN ('running', 'waiting')`,
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
     WHERE rotation_id = $1 AND status IN ('running', 'waiting')`,
    [o.rotationId, o.error && JSON.stringify(o.error)],
  )
}

/** Those that nobody has worked at for a while, though they have not ended. */
export async function readLeftRotations(q: Queryable, o: { quietSeconds: number }): Promise<string[]> {
  const { rows } = await q.query<{ rotationId: string }>(
    `SELECT rotation_id AS "rotationId" FROM rotations
     WHERE status IN ('running', 'waiting') AND abs(extract(epoch FROM now() - updated_at)) > $1`,
    [o.quietSeconds],
  )
  return rows.map((row) => row.rotationId)
}
