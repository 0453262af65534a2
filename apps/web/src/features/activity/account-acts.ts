interface AccountAct {
  title: string
  tone?: 'good' | 'warning' | 'problem'
}

/** What a person, or whoever had their password, did about their account. */
const OWN: Record<string, AccountAct> = {
  'auth.second-factor-asked': { title: 'The password was right, and a second factor was asked for' },
  'auth.second-factor-failed': {
    title: 'The password was right, and the second factor was wrong',
    tone: 'problem',
  },
  'auth.stepped-up': { title: 'Confirmed that it is you' },
  'auth.step-up-failed': { title: 'To confirm that it is you failed', tone: 'warning' },
  'auth.session-revoked': { title: 'Ended a session' },
  'auth.other-sessions-revoked': { title: 'Ended all other sessions' },
  'auth.reset-asked-for': { title: 'A link for a new password was asked for' },
  'auth.password-reset': { title: 'A new password was set by the link of a mail', tone: 'warning' },
  'auth.identity-linked': { title: 'Linked an account elsewhere that signs in, too' },
  'auth.identity-unlinked': { title: 'Unlinked an account elsewhere' },
  'second-factor.totp-enabled': { title: 'Turned the authenticator app on', tone: 'good' },
  'second-factor.totp-disabled': { title: 'Turned the authenticator app off', tone: 'warning' },
  'second-factor.recovery-codes-made': { title: 'Made new recovery codes' },
  'second-factor.passkey-added': { title: 'Added a passkey', tone: 'good' },
  'second-factor.passkey-renamed': { title: 'Renamed a passkey' },
  'second-factor.passkey-deleted': { title: 'Deleted a passkey', tone: 'warning' },
  'api-token.created': { title: 'Created an API token' },
  'api-token.deleted': { title: 'Deleted an API token' },
  'user.profile-changed': { title: 'Changed the profile' },
  'user.password-changed': { title: 'Changed the password' },
  'user.password-change-refused': {
    title: 'Changing the password was refused: the current one was wrong',
    tone: 'warning',
  },
  'user.email-verified': { title: 'Confirmed the e-mail address', tone: 'good' },
  'user.email-change-asked-for': { title: 'Asked for another e-mail address' },
  'user.email-changed': { title: 'Changed the e-mail address' },
  'user.exported': { title: 'Exported everything that is stored of you' },
  'user.deactivated': { title: 'The account was deactivated', tone: 'warning' },
  'user.activated': { title: 'The account was activated again', tone: 'good' },
  'user.reset-required': { title: 'An administrator required a new password', tone: 'warning' },
  'user.role-changed': { title: 'An administrator changed your role' },
  'user.mail-read-by-admin': {
    title: 'An administrator read a mail to you in the outbox',
    tone: 'warning',
  },
}

/** What an administrator did about accounts. */
const ADMIN: Record<string, AccountAct> = {
  'admin.invitation-created': { title: 'Made an invitation' },
  'admin.invitation-deleted': { title: 'Deleted an invitation' },
  'admin.sign-up-mode-set': { title: 'Changed who may sign up' },
  'admin.role-set': { title: 'Changed the role of a person' },
  'admin.reset-required': { title: 'Required a new password of a person' },
  'admin.mail-read': { title: 'Read a mail in the outbox' },
}

export const ACCOUNT_ACTIONS: readonly string[] = Object.keys(OWN)
export const ADMIN_ACTIONS: readonly string[] = Object.keys(ADMIN)

/** How the log says what happened to accounts: for each action words that need no detail, and what it names. */
export const ACCOUNT_ACTS = Object.fromEntries(
  Object.entries({ ...OWN, ...ADMIN }).map(([action, words]) => [
    action,
    ({ detail }: { detail: Record<string, unknown> }) => ({ ...words, more: nameIn(detail) }),
  ]),
)

function nameIn(detail: Record<string, unknown>): string {
  const name = detail.name ?? detail.email ?? detail.mode
  return typeof name === 'string' ? name : ''
}
