import type { Env } from '../env.ts'

/** The pages of the web app that mails lead to. */
export type MailPage = 'verify-email' | 'reset-password' | 'confirm-email-change' | 'sign-up'

/**
 * The address under which people find this installation. Never what a request calls its host, which its sender
 * chooses.
 */
export function publicAddress({ publicUrl, port }: Pick<Env, 'publicUrl' | 'port'>): string {
  return publicUrl ?? `http://localhost:${port}`
}

/** A token stands behind the #, which no browser sends: neither a log nor another site's server gets to see it. */
export function linkTo(o: {
  env: Pick<Env, 'publicUrl' | 'port'>
  page: MailPage
  name?: 'token' | 'invitation'
  token: string
}): string {
  return `${publicAddress(o.env)}/${o.page}#${o.name ?? 'token'}=${o.token}`
}
