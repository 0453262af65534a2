import { recordAct } from '../audit/record.ts'
import type { UserContext } from '../context.ts'
import { notFound } from '../errors.ts'
import { askForRotation } from '../vault/rotate-keys.job.ts'
import { openRotation, type RotationKind, readRotation, type StoredRotation } from '../vault/rotations.ts'
import type { OneRotation, RotateData, Rotation } from './schemas.ts'

/** Where one rotation is. @throws ServiceError `NOT_FOUND` */
export async function getRotation(o: { ctx: UserContext; input: OneRotation }): Promise<Rotation> {
  const rotation = await readRotation(o.ctx.services.db.pool, o.input)
  if (!rotation) throw notFound('rotation')
  return onTheWire(rotation)
}

/** Starts to wrap everything anew with a new root key, or joins the rotation that is under way. */
export function rotateRoot(o: { ctx: UserContext }): Promise<{ rotationId: string; joined: boolean }> {
  return startRotation({ ...o, kind: 'root', onlyUser: null })
}

/**
 * Starts to seal every stored secret anew, of all or of one person, or joins the rotation that is under way.
 * @throws ServiceError `NOT_FOUND` for a person who is not there
 */
export async function rotateData(o: {
  ctx: UserContext
  input: RotateData
}): Promise<{ rotationId: string; joined: boolean }> {
  const onlyUser = o.input?.userId ?? null
  if (onlyUser !== null && !(await isUser(o.ctx, onlyUser))) throw notFound('user')
  return startRotation({ ...o, kind: 'data', onlyUser })
}

async function isUser({ services }: UserContext, userId: string): Promise<boolean> {
  const { rowCount } = await services.db.withUserSql(userId, (client) =>
    client.query('SELECT FROM users WHERE user_id = $1', [userId]),
  )
  return rowCount === 1
}

/** The work is done by a job: whoever asked may go. */
async function startRotation(o: {
  ctx: UserContext
  kind: RotationKind
  onlyUser: string | null
}): Promise<{ rotationId: string; joined: boolean }> {
  const { services, actor } = o.ctx
  const opened = await services.db.withUserSql(actor.userId, async (client) => {
    const rotation = await openRotation(client, { ...o, startedBy: actor.userId })
    await recordAct(client, {
      actor,
      action: o.kind === 'root' ? 'admin.root-key-rotation' : 'admin.data-key-rotation',
      target: `rotation:${rotation.rotationId}`,
      detail: { joined: rotation.joined, userId: o.onlyUser },
    })
    return rotation
  })
  await askForRotation(services, opened)
  return opened
}

/** A stored rotation as clients see it. */
export function onTheWire(o: StoredRotation): Rotation {
  const { rotationId, kind, status, step, onlyUser, provider, rootKeyId, done, error } = o
  return {
    ...{ rotationId, kind, status, step, userId: onlyUser },
    rootKey: provider !== null && rootKeyId !== null ? { provider, rootKeyId } : null,
    done,
    total: Math.max(o.total, done),
    error,
    startedAt: o.startedAt.toISOString(),
    finishedAt: o.finishedAt?.toISOString() ?? null,
  }
}
