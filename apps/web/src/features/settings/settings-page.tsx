import { PageHeader } from '../../components/page-header.tsx'
import type { User } from '../../lib/types.ts'
import { useChangeSetting } from '../../lib/use-change-setting.ts'
import { AccountPanel } from './account-panel.tsx'
import { AppearancePanel } from './appearance-panel.tsx'
import { BalancesSettingsPanel } from './balances-settings-panel.tsx'
import { DeleteAccountPanel } from './delete-account-panel.tsx'
import { RegionPanel } from './region-panel.tsx'

/** What a person may choose; each choice holds at once and everywhere. */
export function SettingsPage({ user }: { user: User }) {
  const { settings, change } = useChangeSetting()
  return (
    <div className="grid max-w-3xl gap-5">
      <PageHeader title="Settings" lead="Every choice is saved as you make it." />
      <AppearancePanel settings={settings} onChange={change} />
      <RegionPanel settings={settings} onChange={change} />
      <BalancesSettingsPanel settings={settings} onChange={change} />
      <AccountPanel user={user} />
      <DeleteAccountPanel user={user} />
    </div>
  )
}
