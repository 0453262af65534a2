import type { UserContext } from '../context.ts'
import { getSettings } from './get.ts'
import type { Settings } from './registry.ts'
import type { SetSetting } from './schemas.ts'

/** Keeps one choice of a person. Returns all their settings. */
export async function setSetting({ ctx, input }: { ctx: UserContext; input: SetSetting }): Promise<Settings> {
  const { userId } = ctx.actor
  const { key: settingKey, value: settingValue } = input
  await ctx.services.db.withUser(userId, (tx) =>
    tx.userSetting.upsert({
      where: { userId_settingKey: { userId, settingKey } },
      create: { userId, settingKey, settingValue },
      update: { settingValue },
    }),
  )
  return getSettings({ ctx })
}
