import type { UserContext } from '../context.ts'
import { readSettings } from './read.ts'
import type { Settings } from './registry.ts'

/** All settings of a person: what they chose over the defaults. */
export function getSettings({ ctx }: { ctx: UserContext }): Promise<Settings> {
  const { userId } = ctx.actor
  return ctx.services.db.withUserSql(userId, (client) => readSettings(client, { userId }))
}
