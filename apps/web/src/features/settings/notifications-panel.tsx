import { Panel } from '../../components/ui/panel.tsx'
import { SwitchField } from '../../components/ui/switch-field.tsx'
import type { Settings } from '../../lib/types.ts'
import type { SettingsPanelProps } from './panel-props.ts'

const NOTICES: { key: keyof Settings['notifications']; label: string; hint: string }[] = [
  {
    key: 'keyInvalid',
    label: 'An API key stops working',
    hint: 'When an exchange refuses a key that it accepted before.',
  },
  {
    key: 'keyExpires',
    label: 'An API key is about to expire',
    hint: 'For exchanges that say until when a key is good.',
  },
  {
    key: 'newDevice',
    label: 'A sign-in from a new device',
    hint: 'With the device and the address it came from.',
  },
]

/** Which mails a person gets. */
export function NotificationsPanel({ settings, onChange }: SettingsPanelProps) {
  const { notifications } = settings
  return (
    <Panel title="Mails to you">
      <div className="grid gap-5">
        {NOTICES.map(({ key, label, hint }) => (
          <SwitchField
            key={key}
            label={label}
            hint={hint}
            checked={notifications[key]}
            onChecked={(value) =>
              onChange({ key: 'notifications', value: { ...notifications, [key]: value } })
            }
          />
        ))}
        <p className="text-ink-faint text-sm">
          Mails about your password, your address and your second factors always come.
        </p>
      </div>
    </Panel>
  )
}
