import type {
  PublicKeyCredentialCreationOptionsJSON,
  PublicKeyCredentialRequestOptionsJSON,
} from '@simplewebauthn/server'
import type { User } from '../auth/schemas.ts'
import type { SecondFactorAsked } from '../auth/second-factor-ask.ts'
import { type AuthenticatorApp, enableTotp } from './authenticator-app.ts'
import type { LoopbackIssuer } from './loopback-issuer.ts'
import {
  createSoftwareAuthenticator,
  type SoftwareAuthenticator,
  type SoftwarePasskey,
} from './software-authenticator.ts'
import { TEST_PASSWORD, type TestClient } from './test-client.ts'

/** Somebody who can sign in in every way that there is, and what they hold for it. */
export interface PersonWithEveryProof {
  user: User
  /** Their session, which signed up. */
  owner: TestClient
  app: AuthenticatorApp
  recoveryCodes: string[]
  device: SoftwareAuthenticator
  passkey: SoftwarePasskey
  passkeyId: string
  /** The account elsewhere. */
  subject: string
}

/** @param o.now whose code of the authenticator app is used up */
export async function createPersonWithEveryProof(o: {
  client: () => TestClient
  issuer: LoopbackIssuer
  /** Where browsers say they are. */
  origin: string
  now: Date
}): Promise<PersonWithEveryProof> {
  const owner = o.client()
  const user = await owner.signUp()
  const device = createSoftwareAuthenticator({ origin: o.origin, counts: false })
  const { passkey, passkeyId } = await addPasskey(owner, device)
  const { app, recoveryCodes } = await enableTotp(owner, o)
  const subject = await linkIdentity(owner, o.issuer)
  return { user, owner, app, recoveryCodes, device, passkey, passkeyId, subject }
}

export async function addPasskey(
  client: TestClient,
  device: SoftwareAuthenticator,
): Promise<{ passkey: SoftwarePasskey; passkeyId: string }> {
  const { options } = await client.mutateData<{ options: PublicKeyCredentialCreationOptionsJSON }>(
    'secondFactors.passkeyStart',
  )
  const { passkey, response } = device.create(options)
  const added = await client.mutateData<{ passkey: { passkeyId: string } }>('secondFactors.passkeyFinish', {
    response,
    name: 'x',
  })
  return { passkey, passkeyId: added.passkey.passkeyId }
}

/** @returns the `sub` of a new account of the issuer, which signs in as the person from now on */
export async function linkIdentity(client: TestClient, issuer: LoopbackIssuer): Promise<string> {
  const subject = `user_${crypto.randomUUID()}`
  await client.mutateData('users.linkIdentity', { token: await issuer.sign({ sub: subject }) })
  return subject
}

/** Gives the password, and returns what is asked for next. */
export function askSecondFactor(
  client: TestClient,
  { email }: { email: string },
): Promise<SecondFactorAsked> {
  return client.mutateData<SecondFactorAsked>('auth.login', { email, password: TEST_PASSWORD })
}

/** Answers to `auth.passkeyOptions`: the input of `auth.loginPasskey`. */
export async function answerWithPasskey(
  client: TestClient,
  { device, passkey }: Pick<PersonWithEveryProof, 'device' | 'passkey'>,
): Promise<object> {
  const { challengeToken, options } = await client.mutateData<{
    challengeToken: string
    options: PublicKeyCredentialRequestOptionsJSON
  }>('auth.passkeyOptions')
  return { challengeToken, response: device.get(passkey, options) }
}
