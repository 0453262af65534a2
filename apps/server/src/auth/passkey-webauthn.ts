import {
  generateAuthenticationOptions,
  type PublicKeyCredentialRequestOptionsJSON,
  verifyAuthenticationResponse,
} from '@simplewebauthn/server'
import { z } from 'zod'
import { ServiceError } from '../errors.ts'
import type { RelyingParty } from './passkey-relying-party.ts'
import type { PasskeyRow } from './passkey-rows.ts'
import { CHALLENGE_MS } from './second-factor-challenge.ts'
import type { PasskeyAssertion } from './second-factor-schemas.ts'

const ClientData = z.object({ challenge: z.string().min(1).max(200), crossOrigin: z.boolean().optional() })

/**
 * What a browser is to ask of a passkey. The person must prove to their device who they are.
 * @param o.passkeys the ones that may answer; empty: any that the device finds for this site
 */
export function passkeyRequest(o: {
  party: RelyingParty
  challenge: string
  passkeys: PasskeyRow[]
}): Promise<PublicKeyCredentialRequestOptionsJSON> {
  return generateAuthenticationOptions({
    rpID: o.party.id,
    challenge: challengeBytes(o.challenge),
    userVerification: 'required',
    timeout: CHALLENGE_MS,
    ...(o.passkeys.length > 0 && { allowCredentials: o.passkeys.map(describePasskey) }),
  })
}

/** A passkey as browsers are told of it. */
export function describePasskey(row: PasskeyRow): { id: string; transports?: string[] } {
  return {
    id: row.credentialId.toString('base64url'),
    ...(row.transports && { transports: row.transports }),
  }
}

/** A challenge of ours as the bytes that WebAuthn wants. */
export function challengeBytes(challenge: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(Buffer.from(challenge, 'base64url'))
}

/**
 * The challenge that an answer says it is for; null: it is none, or was made in another site's frame. It proves
 * nothing by itself.
 */
export function claimedChallenge({ clientDataJSON }: { clientDataJSON: string }): string | null {
  try {
    const data = ClientData.parse(JSON.parse(Buffer.from(clientDataJSON, 'base64url').toString('utf8')))
    return data.crossOrigin ? null : data.challenge
  } catch {
    // Whatever else it is, nobody was asked for it.
    return null
  }
}

/**
 * Checks an answer by WebAuthn, section 7.2: challenge, origin, relying party, presence and verification of the
 * person, signature, counter.
 * @returns the counter of the authenticator
 * @throws ServiceError `PASSKEY_REFUSED`
 */
export async function verifyAssertion(o: {
  party: RelyingParty
  challenge: string
  passkey: PasskeyRow
  response: PasskeyAssertion
}): Promise<number> {
  const { party, challenge, passkey, response } = o
  const { userHandle, ...signed } = response.response
  if (claimedChallenge(response.response) !== challenge) throw passkeyRefused()
  const { verified, authenticationInfo } = await verifyAuthenticationResponse({
    response: { ...response, response: { ...signed, ...(userHandle && { userHandle }) } },
    expectedChallenge: challenge,
    expectedOrigin: party.origin,
    expectedRPID: party.id,
    requireUserVerification: true,
    credential: {
      ...describePasskey(passkey),
      publicKey: Uint8Array.from(passkey.publicKey),
      counter: passkey.counter,
    },
  }).catch((cause: unknown) => {
    throw passkeyRefused(cause)
  })
  if (!verified) throw passkeyRefused()
  return authenticationInfo.newCounter
}

/** One answer for a passkey that is unknown, somebody else's, or answered wrongly. */
export function passkeyRefused(cause?: unknown): ServiceError {
  return new ServiceError({
    kind: 'refused',
    reason: 'PASSKEY_REFUSED',
    message: 'This passkey was not accepted. Try again, or sign in another way.',
    cause,
  })
}
