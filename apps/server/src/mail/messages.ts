import type { MailContent } from './compose.ts'

const NOT_YOU =
  'If this was not you, somebody may know your password: choose a new one by “Forgot your password?” on the sign-in page, which ends every session, and look through the sessions and the audit log of your account.'

/** Confirms the address of an account that there is. */
export function verifyEmailMail({ url }: { url: string }): MailContent {
  return {
    subject: 'Confirm your e-mail address',
    paragraphs: [
      'Please confirm that this address is yours, so that you can get back into your account by mail.',
    ],
    action: { label: 'Confirm the address', url },
    afterwards: [
      'The link works once and for 24 hours.',
      'If you have no account at OpenTrade, somebody has typed your address by mistake. Do nothing.',
    ],
  }
}

/** Confirms the address of a sign-up; the account is made by it. */
export function finishSignUpMail({ url }: { url: string }): MailContent {
  return {
    subject: 'Finish signing up at OpenTrade',
    paragraphs: [
      'Somebody, probably you, signed up with this address. Confirm it, then sign in with the password that was chosen.',
    ],
    action: { label: 'Finish signing up', url },
    afterwards: [
      'The link works once and for 24 hours.',
      'If it was not you, do nothing: no account is made. Do not confirm it, since the password would be that other person’s.',
    ],
  }
}

/** To the owner of an address with which somebody has signed up again. */
export function signUpTakenMail({ url }: { url: string }): MailContent {
  return {
    subject: 'You have an account at OpenTrade already',
    paragraphs: [
      'Somebody, probably you, tried to sign up with this address. You have an account already, and nothing about it has changed: sign in instead. If you forgot the password, choose “Forgot your password?” there.',
    ],
    action: { label: 'Go to OpenTrade', url },
    afterwards: ['If it was not you, do nothing.'],
  }
}

/** @param o.ip from where it was asked for */
export function passwordResetMail({ url, ip }: { url: string; ip: string | null }): MailContent {
  const place = ip === null ? '' : ` from ${ip}`
  return {
    subject: 'Choose a new password',
    paragraphs: [
      `Somebody, probably you, asked${place} for a new password. Until you choose one, the old one holds.`,
      'A new password signs you out everywhere and, unless you choose otherwise, revokes your API tokens. Second factors and connected exchanges stay.',
    ],
    action: { label: 'Choose a new password', url },
    afterwards: ['The link works once and for 30 minutes.', 'If it was not you, do nothing.'],
  }
}

/** An administrator has ended the old password. */
export function resetRequiredMail({ url }: { url: string }): MailContent {
  return {
    subject: 'Choose a new password',
    paragraphs: [
      'An administrator of your OpenTrade asks you to choose a new password. Your old one does not sign in any more, and you are signed out everywhere.',
      'Any API tokens you have keep working until you choose a new password, which revokes them unless you choose otherwise.',
    ],
    action: { label: 'Choose a new password', url },
    afterwards: [
      'The link works once and for 30 minutes; “Forgot your password?” on the sign-in page sends another.',
    ],
  }
}

/** To the new address. */
export function confirmEmailChangeMail({ url, from }: { url: string; from: string }): MailContent {
  return {
    subject: 'Confirm your new e-mail address',
    paragraphs: [
      `The account ${from} at OpenTrade is to use this address from now on. Confirm it to change it.`,
    ],
    action: { label: 'Use this address', url },
    afterwards: ['The link works once and for 24 hours.', 'If you know nothing of it, do nothing.'],
  }
}

/** To the new address, which another account has. */
export function emailChangeTakenMail({ from }: { from: string }): MailContent {
  return {
    subject: 'This address has an account at OpenTrade already',
    paragraphs: [
      `Somebody, probably you, wants to use this address for the account ${from}. It belongs to another account, so that nothing was changed. Delete that one first, or choose another address.`,
    ],
    afterwards: ['If it was not you, do nothing.'],
  }
}

/** To the old address, while it still holds. */
export function emailChangeAskedMail({ to, resetUrl }: { to: string; resetUrl: string }): MailContent {
  return {
    subject: 'Your e-mail address is about to change',
    paragraphs: [
      `Somebody signed in as you, probably you, asked to change the address of your account to ${to}. It changes once that address is confirmed.`,
      'If it was not you, choose a new password now: that ends every session, and the change with them.',
    ],
    action: { label: 'I did not ask for this', url: resetUrl },
  }
}

/** To the old address, which holds no more. */
export function emailChangedMail({ to }: { to: string }): MailContent {
  return {
    subject: 'Your e-mail address was changed',
    paragraphs: [`Your account at OpenTrade now belongs to the address ${to}. Mails to this one have ended.`],
    afterwards: [
      'If it was not you, write to the administrator of your OpenTrade at once, and delete the API keys at your exchanges.',
    ],
  }
}

/** What a mail says of an API token. */
export interface MailedApiToken {
  name: string
  scopes: readonly string[]
  createdAt: string
  /** Null: never. */
  lastUsedAt: string | null
}

/**
 * @param o.apiTokens the ones that still work
 * @param o.endedApiTokens the names of those that were revoked with the change
 * @param o.tokensUrl where the person can revoke them
 */
export function passwordChangedMail(o: {
  at: string
  isReset: boolean
  apiTokens: readonly MailedApiToken[]
  endedApiTokens: readonly string[]
  tokensUrl: string
}): MailContent {
  const how = o.isReset ? 'reset with a link from an email' : 'changed'
  const rest = o.isReset ? 'You are signed out everywhere.' : 'Other sessions were ended.'
  const { apiTokens, endedApiTokens } = o
  return {
    subject: 'Your password was changed',
    paragraphs: [
      `The password of your account was ${how} on ${o.at}. ${rest}`,
      ...(endedApiTokens.length > 0 ? [`These API tokens were revoked: ${endedApiTokens.join(', ')}.`] : []),
      ...(apiTokens.length > 0
        ? [
            'These API tokens still work. If somebody else may have known your old password, revoke the ones you do not need:',
            ...apiTokens.map(describeApiToken),
          ]
        : []),
    ],
    ...(apiTokens.length > 0 && { action: { label: 'Review your API tokens', url: o.tokensUrl } }),
    afterwards: [NOT_YOU],
  }
}

function describeApiToken({ name, scopes, createdAt, lastUsedAt }: MailedApiToken): string {
  const used = lastUsedAt === null ? 'never used' : `last used on ${lastUsedAt}`
  return `${name} (${scopes.join(', ')}): created on ${createdAt}, ${used}.`
}

/** @param o.what what happened, as a whole sentence */
export function secondFactorChangedMail({ at, what }: { at: string; what: string }): MailContent {
  return {
    subject: 'How you sign in was changed',
    paragraphs: [`${what} It happened on ${at}.`],
    afterwards: [NOT_YOU],
  }
}

export function newDeviceMail(o: { at: string; device: string; ip: string | null }): MailContent {
  return {
    subject: 'New sign-in to your account',
    paragraphs: [
      `Your account was signed in to on ${o.at} by a browser or program that it has not seen before.`,
      `What it calls itself: ${o.device}. Where it came from: ${o.ip ?? 'unknown'}.`,
    ],
    afterwards: [NOT_YOU, 'You can switch these mails off in your settings.'],
  }
}

/** @param o.key such as `The Kraken key “main”` */
export function keyInvalidMail(o: { key: string; reason: string; url: string }): MailContent {
  return {
    subject: 'An exchange refuses your API key',
    paragraphs: [
      `${o.key} does not work any more: ${o.reason}`,
      'Its wallet is not updated until the exchange accepts the key again or you replace it. OpenTrade keeps checking the key, so if the fault is at the exchange there is nothing to do.',
    ],
    action: { label: 'Look at the key', url: o.url },
    afterwards: ['You can switch these mails off in your settings.'],
  }
}

export function keyExpiresMail(o: { key: string; on: string; url: string }): MailContent {
  return {
    subject: 'Your API key is about to expire',
    paragraphs: [`${o.key} expires on ${o.on}. Make a new one at the exchange and replace it.`],
    action: { label: 'Look at the key', url: o.url },
    afterwards: ['You can switch these mails off in your settings.'],
  }
}

export function invitationMail({ url, until }: { url: string; until: string }): MailContent {
  return {
    subject: 'You are invited to OpenTrade',
    paragraphs: ['An administrator of an OpenTrade installation invites you to sign up.'],
    action: { label: 'Sign up', url },
    afterwards: [`The invitation works once and until ${until}.`, 'If you know nothing of it, do nothing.'],
  }
}
