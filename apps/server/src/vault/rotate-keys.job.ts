import { CryptoError } from '@opentrade/crypto'
import type { Logger } from 'pino'
import { z } from 'zod'
import type { Services } from '../context.ts'
import { defineJob } from '../jobs.ts'
import { rotateDataKeys } from './rotate-data.ts'
import { rotateRootKeys } from './rotate-root.ts'
import {
  type RotationContext,
  RotationIncomplete,
  RotationInterrupted,
  RotationWaits,
} from './rotation-context.ts'
import { finishRotation, noteWaiting, type RotationFault, readRotation } from './rotations.ts'

const AGAIN_AFTER_MS = 10_000
const PUBLISH_EVERY_MS = 250

/** Works at a rotation of keys until it ends; what waits for something to pass is asked for again. */
export const rotateKeysJob = defineJob({
  name: 'vault.rotate',
  schema: z.object({ rotationId: z.uuid() }),
  run: ({ services, payload, log, signal }) =>
    workAtRotation({ services, log, ctx: rotationContextOf({ services, signal }), ...payload }),
})

/** One attempt at a rotation; what came of it is in the database, and whoever watches is told. */
export async function workAtRotation(o: {
  services: Services
  log: Logger
  ctx: RotationContext
  rotationId: string
}): Promise<void> {
  const { services, log, ctx, rotationId } = o
  const rotation = await readRotation(services.db.pool, { rotationId })
  if (!rotation || rotation.finishedAt) return
  const rotate = rotation.kind === 'root' ? rotateRootKeys : rotateDataKeys
  try {
    await rotate(ctx, { rotationId })
  } catch (error) {
    if (error instanceof RotationInterrupted) return await askForRotation(services, { rotationId })
    if (error instanceof RotationWaits) {
      const { code, message } = error
      log.warn({ err: error }, 'A rotation of keys waits')
      await noteWaiting(services.db.pool, { rotationId, error: { code, message } })
      await askForRotation(services, { rotationId, after: AGAIN_AFTER_MS })
    } else if (error instanceof RotationIncomplete) {
      const { code, message } = error
      log.error({ err: error }, 'A rotation of keys is incomplete')
      await finishRotation(services.db.pool, { rotationId, error: { code, message } })
    } else {
      // The queue tries it again; the page says why it does not move on.
      await noteWaiting(services.db.pool, { rotationId, error: faultOf(error) })
      throw error
    }
  }
  await services.events.publish({ type: 'rotation', rotationId })
}

/** Only our own errors are known to hold no secret. */
function faultOf(error: unknown): RotationFault {
  const next = 'Another attempt follows by itself.'
  if (error instanceof CryptoError) return { code: error.code, message: `${error.message} ${next}` }
  return { code: 'ATTEMPT_FAILED', message: `An attempt failed; the reason is in the log. ${next}` }
}

/** Puts the work at a rotation into the queue, once. */
export async function askForRotation(
  services: Services,
  o: { rotationId: string; after?: number },
): Promise<void> {
  const { rotationId, after } = o
  await services.jobs.add(
    rotateKeysJob,
    { rotationId },
    {
      key: `${rotateKeysJob.name}:${rotationId}`,
      ...(after !== undefined && { runAt: new Date(services.now().getTime() + after) }),
    },
  )
}

/** What a rotation in this process works with. Watchers hear of it a few times a second at most. */
export function rotationContextOf(o: { services: Services; signal?: AbortSignal }): RotationContext {
  const { db, rootKeys, deploymentId, env, events } = o.services
  let last = Number.NEGATIVE_INFINITY
  return {
    db,
    rootKeys,
    deploymentId,
    rootKeyFile: env.rootKeyFile,
    ...(o.signal && { signal: o.signal }),
    async publish(rotationId) {
      const now = performance.now()
      if (now - last < PUBLISH_EVERY_MS) return
      last = now
      await events.publish({ type: 'rotation', rotationId })
    },
  }
}
