import { type TrackedEnvelope, tracked } from '@trpc/server'
import type { UserContext } from '../context.ts'
import { getRotation } from './rotations.ts'
import type { OneRotation, Rotation } from './schemas.ts'

/**
 * Yields a rotation as it is, and again each time it has moved on, until it has ended or the client goes.
 * @throws ServiceError `NOT_FOUND`
 */
export async function* watchRotation(o: {
  ctx: UserContext
  input: OneRotation
  signal: AbortSignal | undefined
}): AsyncGenerator<TrackedEnvelope<Rotation>> {
  const { ctx, input, signal } = o
  let moved = true
  let ended = signal?.aborted ?? false
  let wake = () => {}
  const hear = () => {
    moved = true
    wake()
  }
  const end = () => {
    ended = true
    wake()
  }
  const { actor, services } = ctx
  const unsubscribe = services.events.subscribe((event) => {
    if (event.type === 'rotation' && event.rotationId === input.rotationId) hear()
    if (event.type !== 'session-revoked' || event.userId !== actor.userId) return
    if (event.sessionId === null || event.sessionId === actor.sessionId) end()
  }, hear)
  signal?.addEventListener('abort', end)
  try {
    while (!ended) {
      if (!moved) {
        await new Promise<void>((resolve) => {
          wake = resolve
        })
        continue
      }
      moved = false
      const rotation = await getRotation({ ctx, input })
      yield tracked(`${rotation.status} ${rotation.done}`, rotation)
      if (rotation.finishedAt !== null) return
    }
  } finally {
    unsubscribe()
    signal?.removeEventListener('abort', end)
  }
}
