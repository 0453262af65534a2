import { createHash, createSign, generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto'
import type {
  AuthenticationResponseJSON,
  PublicKeyCredentialCreationOptionsJSON,
  PublicKeyCredentialRequestOptionsJSON,
  RegistrationResponseJSON,
} from '@simplewebauthn/server'
import { encodeCbor } from './cbor.ts'

/** What a browser or device may do otherwise than it should. */
export interface Deviation {
  origin?: string
  rpId?: string
  challenge?: string
  crossOrigin?: boolean
  /** False: the device did not ask who the person is. */
  userVerified?: boolean
  userPresent?: boolean
  counter?: number
  userHandle?: string
  /** `webauthn.get` and `webauthn.create` are the right ones. */
  type?: string
  /** Signs with another key. */
  forged?: boolean
}

/** A passkey as its device holds it. */
export interface SoftwarePasskey {
  id: string
  rpId: string
  userHandle: string
  privateKey: KeyObject
  counter: number
}

/** A browser with a device that keeps passkeys: real WebAuthn with ECDSA over P-256, without the person. */
export interface SoftwareAuthenticator {
  create: (
    options: PublicKeyCredentialCreationOptionsJSON,
    deviation?: Deviation,
  ) => { passkey: SoftwarePasskey; response: RegistrationResponseJSON }
  /** Answers with a passkey, and counts it. */
  get: (
    passkey: SoftwarePasskey,
    options: PublicKeyCredentialRequestOptionsJSON,
    deviation?: Deviation,
  ) => AuthenticationResponseJSON
}

const FLAGS = { userPresent: 0x01, userVerified: 0x04, attested: 0x40 }
/** COSE (RFC 9052, RFC 9053): key type 2 is elliptic curves, algorithm -7 ES256, curve 1 P-256. */
const COSE = { kty: 1, alg: 3, crv: -1, x: -2, y: -3 }

/** @param o.counts false: as synced passkeys do, its counter stays 0 */
export function createSoftwareAuthenticator(o: { origin: string; counts?: boolean }): SoftwareAuthenticator {
  const { origin, counts = true } = o
  return {
    create(options, deviation = {}) {
      const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
      const passkey: SoftwarePasskey = {
        id: randomBytes(32).toString('base64url'),
        rpId: options.rp.id ?? new URL(origin).hostname,
        userHandle: options.user.id,
        privateKey,
        counter: counts ? 1 : 0,
      }
      const attested = attestedCredential({ id: passkey.id, publicKey })
      const authData = authenticatorData({ passkey, deviation, attested })
      const response = {
        clientDataJSON: clientData({
          type: 'webauthn.create',
          challenge: options.challenge,
          origin,
          deviation,
        }).toString('base64url'),
        attestationObject: encodeCbor(
          new Map<string, string | Uint8Array | Map<string, string>>([
            ['fmt', 'none'],
            ['attStmt', new Map()],
            ['authData', authData],
          ]),
        ).toString('base64url'),
        transports: ['internal'],
      }
      return { passkey, response: credential(passkey.id, response) }
    },
    get(passkey, options, deviation = {}) {
      if (counts) passkey.counter += 1
      const authData = authenticatorData({ passkey, deviation })
      const data = clientData({ type: 'webauthn.get', challenge: options.challenge, origin, deviation })
      const key = deviation.forged
        ? generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
        : passkey.privateKey
      const signature = createSign('sha256').update(authData).update(sha256(data)).sign(key)
      return credential(passkey.id, {
        clientDataJSON: data.toString('base64url'),
        authenticatorData: authData.toString('base64url'),
        signature: signature.toString('base64url'),
        userHandle: deviation.userHandle ?? passkey.userHandle,
      })
    },
  }
}

function credential<Response>(id: string, response: Response) {
  return { id, rawId: id, type: 'public-key' as const, clientExtensionResults: {}, response }
}

function clientData(o: { type: string; challenge: string; origin: string; deviation: Deviation }): Buffer {
  const { type, challenge, origin, crossOrigin = false } = { ...o, ...o.deviation }
  return Buffer.from(JSON.stringify({ type, challenge, origin, crossOrigin }))
}

/** WebAuthn, section 6.1. */
function authenticatorData(o: { passkey: SoftwarePasskey; deviation: Deviation; attested?: Buffer }): Buffer {
  const { rpId, counter, userPresent, userVerified } = {
    ...{ rpId: o.passkey.rpId, counter: o.passkey.counter, userPresent: true, userVerified: true },
    ...o.deviation,
  }
  const flags =
    (userPresent ? FLAGS.userPresent : 0) |
    (userVerified ? FLAGS.userVerified : 0) |
    (o.attested ? FLAGS.attested : 0)
  const tail = Buffer.alloc(5)
  tail.writeUInt8(flags)
  tail.writeUInt32BE(counter, 1)
  return Buffer.concat([sha256(Buffer.from(rpId)), tail, o.attested ?? Buffer.alloc(0)])
}

/** WebAuthn, section 6.5.1, for a device that does not say which it is. */
function attestedCredential({ id, publicKey }: { id: string; publicKey: KeyObject }): Buffer {
  const credentialId = Buffer.from(id, 'base64url')
  const length = Buffer.alloc(2)
  length.writeUInt16BE(credentialId.length)
  const { x = '', y = '' } = publicKey.export({ format: 'jwk' })
  const coseKey = new Map<number, number | Uint8Array>([
    [COSE.kty, 2],
    [COSE.alg, -7],
    [COSE.crv, 1],
    [COSE.x, Buffer.from(x, 'base64url')],
    [COSE.y, Buffer.from(y, 'base64url')],
  ])
  return Buffer.concat([Buffer.alloc(16), length, credentialId, encodeCbor(coseKey)])
}

function sha256(bytes: Buffer): Buffer {
  return createHash('sha256').update(bytes).digest()
}
