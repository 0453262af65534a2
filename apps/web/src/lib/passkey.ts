import type { RouterInputs, RouterOutputs } from '@opentrade/client'

type RequestOptions = RouterOutputs['auth']['stepUpPasskeyOptions']['options']
type CreationOptions = RouterOutputs['secondFactors']['passkeyStart']['options']
type Assertion = RouterInputs['auth']['loginPasskey']['response']
type Attestation = RouterInputs['secondFactors']['passkeyFinish']['response']

/** A passkey was not used or made; the message says why, in words for the person. */
export class PasskeyError extends Error {
  override name = 'PasskeyError'
}

/** Whether this browser can use passkeys on this page: it needs HTTPS, or localhost. */
export function canUsePasskeys(): boolean {
  return typeof PublicKeyCredential === 'function' && 'parseRequestOptionsFromJSON' in PublicKeyCredential
}

/**
 * Has the browser ask for one of the person's passkeys.
 * @throws PasskeyError
 */
export async function askPasskey(options: RequestOptions): Promise<Assertion> {
  const { extensions: _, ...request } = options
  const answer = await attempt(() =>
    navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(request) }),
  )
  const { id, rawId, response } = answer
  if (!('signature' in response)) throw new PasskeyError(NONE_GIVEN)
  return { id, rawId, type: 'public-key', response }
}

/**
 * Has the browser make a passkey on a device of the person.
 * @throws PasskeyError
 */
export async function makePasskey(options: CreationOptions): Promise<Attestation> {
  const { extensions: _, ...request } = options
  const answer = await attempt(() =>
    navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(request) }),
  )
  const { id, rawId, response } = answer
  if (!('attestationObject' in response)) throw new PasskeyError(NONE_GIVEN)
  const { clientDataJSON, attestationObject, transports } = response
  return { id, rawId, type: 'public-key', response: { clientDataJSON, attestationObject, transports } }
}

const NONE_GIVEN = 'The browser gave no passkey. Try again.'

async function attempt(
  run: () => Promise<Credential | null>,
): Promise<ReturnType<PublicKeyCredential['toJSON']>> {
  if (!canUsePasskeys()) {
    throw new PasskeyError('This browser cannot use passkeys here. They need HTTPS and a current browser.')
  }
  const credential = await run().catch((cause: unknown) => {
    throw new PasskeyError(wordsFor(cause), { cause })
  })
  if (credential instanceof PublicKeyCredential) return credential.toJSON()
  throw new PasskeyError(NONE_GIVEN)
}

/** The names are those of WebAuthn level 3, sections 5.1.3 and 5.1.4. */
function wordsFor(cause: unknown): string {
  const name = cause instanceof DOMException ? cause.name : ''
  if (name === 'InvalidStateError') return 'This device has a passkey of your account already.'
  if (name === 'SecurityError')
    return 'The address of this page does not fit the passkeys of this installation.'
  if (name === 'NotSupportedError')
    return 'This device cannot make a passkey of a kind that is accepted here.'
  return 'No passkey was used: it was called off, or took too long. Try again.'
}
