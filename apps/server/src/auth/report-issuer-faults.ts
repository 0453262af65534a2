import type { Services } from '../context.ts'

/**
 * Says which providers of accounts are not what the settings say, so that it is not the first person to sign in who
 * finds out. Nothing waits for it, and it never fails: a provider that is down now may answer later.
 * @param o.tell hears what a person at the terminal should know
 */
export async function reportIssuerFaults(o: {
  services: Pick<Services, 'identityProviders' | 'log'>
  tell: (line: string) => void
}): Promise<void> {
  const { identityProviders, log } = o.services
  for (const { providerId, message, isSetup } of await identityProviders.check()) {
    log.warn({ providerId, why: message }, 'Nobody can sign in with a provider of accounts')
    o.tell(isSetup ? message : `${message} Until it answers, nobody can sign in with it.`)
  }
}
