import { recordAct } from '../audit/record.ts'
import type { UserContext } from '../context.ts'
import { notFound, ServiceError } from '../errors.ts'
import { giveUpRotation, readRotation } from '../vault/rotations.ts'
import { onTheWire } from './rotations.ts'
import type { OneRotation, Rotation } from './schemas.ts'

/**
 * Gives up a rotation that has not come to its end. What it has wrapped or sealed anew stays so, and the rest opens as
 * before: both root keys are still there. A root key that it had staged is used by the next rotation, or can be
 * retired.
 * @throws ServiceError `NOT_FOUND`, `ROTATION_ENDED`
 */
export async function abandonRotation(o: { ctx: UserContext; input: OneRotation }): Promise<Rotation> {
  const { services, actor } = o.ctx
  const { rotationId } = o.input
  const abandoned = await services.db.withUserSql(actor.userId, async (client) => {
    const isGivenUp = await giveUpRotation(client, { rotationId })
    const rotation = await readRotation(client, { rotationId })
    if (!rotation) throw notFound('rotation')
    if (!isGivenUp) throw hasEnded()
    await recordAct(client, {
      actor,
      action: 'admin.rotation-abandoned',
      target: `rotation:${rotationId}`,
      detail: { kind: rotation.kind, done: rotation.done },
    })
    return rotation
  })
  await services.events.publish({ type: 'rotation', rotationId })
  return onTheWire(abandoned)
}

function hasEnded(): ServiceError {
  return new ServiceError({
    kind: 'conflict',
    reason: 'ROTATION_ENDED',
    message: 'This rotation has already ended, so there is nothing to abandon.',
  })
}
