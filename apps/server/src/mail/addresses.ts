import type { Services } from '../context.ts'
import { readAddress } from '../installation/address.ts'

/** The pages of the web app that mails lead to. */
export type MailPage = 'verify-email' | 'reset-password' | 'confirm-email-change' | 'sign-up'

type Place = Pick<Services, 'env' | 'db'>

/**
 * The address under which people find this installation: PUBLIC_URL, or where this process or the one that serves
 * people listens. Never what a request calls its host, which its sender chooses.
 */
export async function publicAddress({ env, db }: Place): Promise<string> {
  return env.publicUrl ?? env.address ?? (await readAddress(db.pool)) ?? `http://localhost:${env.port}`
}

/** A token stands behind the #, which no browser sends: neither a log nor another site's server gets to see it. */
export async function linkTo(o: {
  services: Place
  page: MailPage
  name?: 'token' | 'invitation'
  token: string
}): Promise<string> {
  return `${await publicAddress(o.services)}/${o.page}#${o.name ?? 'token'}=${o.token}`
}
