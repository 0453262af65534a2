import { ChoiceGroup } from '../../components/ui/choice-group.tsx'
import { Panel } from '../../components/ui/panel.tsx'
import type { SettingsPanelProps } from './panel-props.ts'

const THEMES = [
  { value: 'system', label: 'As the system' },
  { value: 'light', label: 'Light' },
  { value: 'dark', label: 'Dark' },
] as const

/** Light or dark. */
export function AppearancePanel({ settings, onChange }: SettingsPanelProps) {
  return (
    <Panel title="Theme">
      <ChoiceGroup
        label="Theme"
        value={settings.theme}
        choices={THEMES}
        onValue={(value) => onChange({ key: 'theme', value })}
      />
    </Panel>
  )
}
