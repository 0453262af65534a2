import type { User } from '../../lib/types.ts'
import { AccountPanel } from './account-panel.tsx'
import { DeactivatePanel } from './deactivate-panel.tsx'
import { DeleteAccountPanel } from './delete-account-panel.tsx'
import { EmailPanel } from './email-panel.tsx'
import { ExportPanel } from './export-panel.tsx'
import { ProfilePanel } from './profile-panel.tsx'

/** Who a person is here, what there is of theirs, and the ways out. */
export function AccountPage({ user }: { user: User }) {
  return (
    <>
      <ProfilePanel user={user} />
      <EmailPanel user={user} />
      <AccountPanel user={user} />
      <ExportPanel />
      <DeactivatePanel />
      <DeleteAccountPanel user={user} />
    </>
  )
}
