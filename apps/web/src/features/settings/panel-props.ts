import type { Settings, SettingsChange } from '../../lib/types.ts'

/** What each panel of the settings is given. */
export interface SettingsPanelProps {
  settings: Settings
  onChange: (change: SettingsChange) => void
}
