import { useChangeSetting } from '../../lib/use-change-setting.ts'
import { AppearancePanel } from './appearance-panel.tsx'
import { BalancesSettingsPanel } from './balances-settings-panel.tsx'
import { NotificationsPanel } from './notifications-panel.tsx'
import { RegionPanel } from './region-panel.tsx'

/** What a person may choose; each choice holds at once and everywhere. */
export function PreferencesPage() {
  const { settings, change } = useChangeSetting()
  return (
    <>
      <AppearancePanel settings={settings} onChange={change} />
      <RegionPanel settings={settings} onChange={change} />
      <BalancesSettingsPanel settings={settings} onChange={change} />
      <NotificationsPanel settings={settings} onChange={change} />
    </>
  )
}
