import type { Queryable } from '@opentrade/db'
import { readSettings } from '../settings/read.ts'
import type { Settings } from '../settings/registry.ts'

/** To whom a mail about an account goes, and how they like to read it. */
export interface Recipient {
  email: string
  settings: Settings
}

/** Null: they are gone, or deactivated. `q` must be able to see their rows. */
export async function findRecipient(q: Queryable, { userId }: { userId: string }): Promise<Recipient | null> {
  const { rows } = await q.query<{ email: string }>(
    'SELECT email FROM users WHERE user_id = $1 AND is_active',
    [userId],
  )
  const [user] = rows
  return user ? { email: user.email, settings: await readSettings(q, { userId }) } : null
}

/** A moment in the person's language and time zone, which it names. */
export function formatMoment(at: Date, { locale, timeZone }: Pick<Settings, 'locale' | 'timeZone'>): string {
  return new Intl.DateTimeFormat(locale, {
    dateStyle: 'long',
    timeStyle: 'long',
    timeZone,
  }).format(at)
}

/** A day in the person's language and time zone. */
export function formatDay(at: Date, { locale, timeZone }: Pick<Settings, 'locale' | 'timeZone'>): string {
  return new Intl.DateTimeFormat(locale, { dateStyle: 'long', timeZone }).format(at)
}
