import type { Queryable } from '@opentrade/db'
import { z } from 'zod'

const KEY = 'address'

/** Where the process that serves people answered when it last started; null: none has noted it. */
export async function readAddress(q: Queryable): Promise<string | null> {
  const { rows } = await q.query<{ value: unknown }>(
    'SELECT setting_value AS value FROM installation_settings WHERE setting_key = $1',
    [KEY],
  )
  return z.url().nullable().catch(null).parse(rows[0]?.value)
}

/** For the processes that run jobs alone: they write mails with links. */
export async function writeAddress(q: Queryable, { address }: { address: string }): Promise<void> {
  await q.query(
    `INSERT INTO installation_settings (setting_key, setting_value) VALUES ($1, $2)
     ON CONFLICT (setting_key) DO UPDATE SET setting_value = excluded.setting_value, updated_at = now()`,
    [KEY, JSON.stringify(address)],
  )
}
