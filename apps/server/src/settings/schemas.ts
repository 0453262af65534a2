import { z } from 'zod'
import { DEFAULT_SETTINGS, type SettingKey, settingSchemas } from './registry.ts'

function entry<Key extends SettingKey>(key: Key) {
  return z.strictObject({ key: z.literal(key), value: settingSchemas[key] })
}

export const SetSetting = z.discriminatedUnion(
  'key',
  [
    entry('theme'),
    entry('locale'),
    entry('timeZone'),
    entry('currency'),
    entry('notifications'),
    entry('hideSmallBalances'),
    entry('smallBalanceUsd'),
  ],
  { error: `The key must be one of ${Object.keys(DEFAULT_SETTINGS).join(', ')}.` },
)
export type SetSetting = z.infer<typeof SetSetting>
