import type { UserContext } from '../context.ts'
import { type Settings, StoredSettings } from './registry.ts'

/** All settings of a person: what they chose over the defaults. */
export async function getSettings({ ctx }: { ctx: UserContext }): Promise<Settings> {
  const { userId } = ctx.actor
  const rows = await ctx.services.db.withUser(userId, (tx) =>
    tx.userSetting.findMany({ where: { userId }, select: { settingKey: true, settingValue: true } }),
  )
  return StoredSettings.parse(Object.fromEntries(rows.map((row) => [row.settingKey, row.settingValue])))
}
