import { useSuspenseQuery } from '@tanstack/react-query'
import { trpc } from '../../lib/trpc.ts'
import type { User } from '../../lib/types.ts'
import { IdentitiesPanel } from './identities-panel.tsx'
import { PasskeysPanel } from './passkeys-panel.tsx'
import { PasswordPanel } from './password-panel.tsx'
import { RecoveryPanel } from './recovery-panel.tsx'
import { TotpPanel } from './totp-panel.tsx'

/** What a person signs in with. */
export function SecurityPage({ user }: { user: User }) {
  const { data: factors } = useSuspenseQuery(trpc.secondFactors.list.queryOptions())
  const hasSecondFactor = factors.totp.enabled || factors.passkeys.length > 0
  return (
    <>
      <PasswordPanel user={user} hasSecondFactor={hasSecondFactor} />
      <TotpPanel totp={factors.totp} />
      <PasskeysPanel passkeys={factors.passkeys} />
      {hasSecondFactor && <RecoveryPanel left={factors.recoveryCodesLeft} />}
      <IdentitiesPanel />
    </>
  )
}
