import { z } from 'zod'
import { recordAct } from '../audit/record.ts'
import type { Services } from '../context.ts'
import { defineJob } from '../jobs.ts'
import { forgetGoneProcesses } from './root-key-readers.ts'
import { resealUser } from './rotate-data.ts'
import { askForRotation, rotationContextOf } from './rotate-keys.job.ts'
import { readLeftRotations } from './rotations.ts'
import { UNUSED } from './sealed-tables.ts'

const EVERY_SECONDS = 60

/** Longer than a process keeps an unwrapped data key, and than any reader holds what it has read. */
const DESTROY_AFTER_MINUTES = 15
const USERS_AT_A_TIME = 500
const ROTATION_QUIET_SECONDS = 60

/**
 * Destroys data keys that were retired a while ago, once nothing is sealed with them, and takes up rotations that
 * nobody works at.
 */
export const sweepKeysJob = defineJob({
  name: 'vault.sweep',
  schema: z.object({}),
  everySeconds: () => EVERY_SECONDS,
  run: async ({ services, signal }) => {
    for (const rotationId of await readLeftRotations(services.db.pool, {
      quietSeconds: ROTATION_QUIET_SECONDS,
    }))
      await askForRotation(services, { rotationId })
    await forgetGoneProcesses(services.db.pool)
    await destroyRetiredKeys({ services, signal })
  },
})

/** Returns how many data keys were destroyed. */
export async function destroyRetiredKeys(o: { services: Services; signal?: AbortSignal }): Promise<number> {
  const { services } = o
  const before = new Date(services.now().getTime() - DESTROY_AFTER_MINUTES * 60_000)
  const { rows } = await services.db.scheduler.query<{ userId: string }>(
    'SELECT users_with_retired_data_keys($1, $2) AS "userId"',
    [before, USERS_AT_A_TIME],
  )
  let destroyed = 0
  const ctx = rotationContextOf(o)
  for (const { userId } of rows) {
    // What a writer stored at the last moment with a key that was just retired.
    await resealUser(ctx, { rotationId: null, userId, createdBefore: new Date(0) })
    destroyed += await destroyKeysOf(services, { userId, before })
  }
  return destroyed
}

async function destroyKeysOf(services: Services, o: { userId: string; before: Date }): Promise<number> {
  return services.db.withUserSql(o.userId, async (client) => {
    const { rowCount } = await client.query(
      `DELETE FROM data_keys d WHERE d.user_id = $1 AND d.retired_at < $2 AND ${UNUSED}`,
      [o.userId, o.before],
    )
    const keys = rowCount ?? 0
    if (keys > 0) {
      await recordAct(client, {
        actor: { userId: o.userId, name: 'job:vault.sweep', ip: null },
        action: 'vault.data-keys-destroyed',
        target: null,
        detail: { keys },
      })
    }
    return keys
  })
}
