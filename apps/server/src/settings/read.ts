import type { Queryable } from '@opentrade/db'
import { type Settings, StoredSettings } from './registry.ts'

/** What a person chose over the defaults. `q` must be able to see their rows. */
export async function readSettings(q: Queryable, { userId }: { userId: string }): Promise<Settings> {
  const { rows } = await q.query<{ key: string; value: unknown }>(
    'SELECT setting_key AS key, setting_value AS value FROM user_settings WHERE user_id = $1',
    [userId],
  )
  return StoredSettings.parse(Object.fromEntries(rows.map((row) => [row.key, row.value])))
}
