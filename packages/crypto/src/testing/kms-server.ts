import { createCipheriv, createDecipheriv, randomBytes, randomUUID } from 'node:crypto'
import { type Loopback, type LoopbackAnswer, type LoopbackRequest, startLoopback } from './loopback.ts'
import { awsError, checkSignature, type Signer } from './sigv4.ts'

const UUID_BYTES = 16
const NONCE_BYTES = 12
const TAG_BYTES = 16

/** A symmetric key of KMS, with every material that it has had; the last one encrypts. */
export interface KmsKey {
  id: string
  arn: string
  state: 'Enabled' | 'Disabled' | 'PendingDeletion'
  materials: Buffer[]
}

/** A loopback AWS KMS: its JSON 1.1 protocol with signatures that are checked, and real encryption with a context. */
export interface KmsServer extends Loopback {
  region: string
  signers: Map<string, Signer>
  /** Actions that are denied, as `kms:Decrypt`. */
  denied: Set<string>
  /** Key ids by alias name, as `alias/opentrade`. */
  aliases: Map<string, string>
  /** By id. */
  keys: Map<string, KmsKey>
  createKey(): KmsKey
}

type Input = Record<string, unknown>

/** Thrown and answered as one of the service's errors. */
class ServiceError extends Error {
  override readonly name = 'ServiceError'
}

/** Starts a loopback KMS without keys. */
export async function startKmsServer(): Promise<KmsServer> {
  const loopback = await startLoopback((request) => answer(server, request))
  const server: KmsServer = Object.assign(loopback, {
    region: 'eu-central-1',
    signers: new Map<string, Signer>(),
    denied: new Set<string>(),
    aliases: new Map<string, string>(),
    keys: new Map<string, KmsKey>(),
    createKey(): KmsKey {
      const id = randomUUID()
      const arn = `arn:aws:kms:${server.region}:111122223333:key/${id}`
      const key: KmsKey = { id, arn, state: 'Enabled', materials: [randomBytes(32)] }
      server.keys.set(id, key)
      return key
    },
  })
  return server
}

function answer(server: KmsServer, request: LoopbackRequest): LoopbackAnswer {
  const refusal = checkSignature({ request, signers: server.signers, region: server.region, service: 'kms' })
  if (refusal) return refusal
  const [, action = ''] = /^TrentService\.(\w+)$/.exec(request.headers['x-amz-target'] ?? '') ?? []
  const isJson = request.headers['content-type'] === 'application/x-amz-json-1.1'
  if (!isJson || request.method !== 'POST' || request.path !== '/')
    return awsError(400, 'UnknownOperationException')
  if (server.denied.has(`kms:${action}`)) return awsError(400, 'AccessDeniedException')
  try {
    const input: Input = JSON.parse(request.body.toString())
    const body = act({ server, action, input })
    return { status: 200, headers: { 'Content-Type': 'application/x-amz-json-1.1' }, body }
  } catch (error) {
    if (error instanceof ServiceError) return awsError(400, error.message)
    throw error
  }
}

function act(o: { server: KmsServer; action: string; input: Input }): Record<string, unknown> {
  const { server, action, input } = o
  const keyNamed = (name: string) => findKey(server, input[name])
  if (action === 'DescribeKey') return { KeyMetadata: describe(keyNamed('KeyId')) }
  if (action === 'Encrypt') {
    const key = usable(keyNamed('KeyId'))
    return sealed(key, { plaintext: bytesOf(input.Plaintext), context: input.EncryptionContext })
  }
  if (action === 'GenerateDataKey') {
    const plaintext = randomBytes(Number(input.NumberOfBytes))
    const answered = sealed(usable(keyNamed('KeyId')), { plaintext, context: input.EncryptionContext })
    return { ...answered, Plaintext: plaintext.toString('base64') }
  }
  if (action === 'Decrypt') {
    const key = usable(keyNamed('KeyId'))
    const plaintext = unseal(key, { blob: bytesOf(input.CiphertextBlob), context: input.EncryptionContext })
    return {
      KeyId: key.arn,
      Plaintext: plaintext.toString('base64'),
      EncryptionAlgorithm: 'SYMMETRIC_DEFAULT',
    }
  }
  if (action === 'ReEncrypt') {
    const source = usable(keyNamed('SourceKeyId'))
    const plaintext = unseal(source, {
      blob: bytesOf(input.CiphertextBlob),
      context: input.SourceEncryptionContext,
    })
    const destination = usable(keyNamed('DestinationKeyId'))
    const answered = sealed(destination, { plaintext, context: input.DestinationEncryptionContext })
    return { ...answered, SourceKeyId: source.arn }
  }
  throw new ServiceError('UnknownOperationException')
}

function findKey(server: KmsServer, name: unknown): KmsKey {
  const id = String(name)
  const bare = server.aliases.get(id) ?? id.replace(/^arn:aws:kms:[\w-]+:\d+:key\//, '')
  const key = server.keys.get(bare)
  if (!key) throw new ServiceError('NotFoundException')
  return key
}

function usable(key: KmsKey): KmsKey {
  if (key.state === 'Disabled') throw new ServiceError('DisabledException')
  if (key.state === 'PendingDeletion') throw new ServiceError('KMSInvalidStateException')
  return key
}

function describe(key: KmsKey) {
  return {
    KeyId: key.id,
    Arn: key.arn,
    KeyState: key.state,
    KeySpec: 'SYMMETRIC_DEFAULT',
    KeyUsage: 'ENCRYPT_DECRYPT',
    KeyManager: 'CUSTOMER',
    MultiRegion: false,
  }
}

/** Key's UUID, material's number, nonce, ciphertext, tag; the context is authenticated and not kept. */
function sealed(key: KmsKey, o: { plaintext: Buffer; context: unknown }) {
  const nonce = randomBytes(NONCE_BYTES)
  const material = key.materials.at(-1) ?? Buffer.alloc(0)
  const cipher = createCipheriv('aes-256-gcm', material, nonce, { authTagLength: TAG_BYTES })
  cipher.setAAD(aadOf(o.context))
  const body = [cipher.update(o.plaintext), cipher.final(), cipher.getAuthTag()]
  const blob = Buffer.concat([uuidBytes(key.id), Buffer.of(key.materials.length), nonce, ...body])
  return { KeyId: key.arn, CiphertextBlob: blob.toString('base64'), EncryptionAlgorithm: 'SYMMETRIC_DEFAULT' }
}

function unseal(key: KmsKey, o: { blob: Buffer; context: unknown }): Buffer {
  const start = UUID_BYTES + 1 + NONCE_BYTES
  if (o.blob.length < start + TAG_BYTES) throw new ServiceError('InvalidCiphertextException')
  if (!o.blob.subarray(0, UUID_BYTES).equals(uuidBytes(key.id)))
    throw new ServiceError('IncorrectKeyException')
  const material = key.materials[(o.blob[UUID_BYTES] ?? 0) - 1]
  if (!material) throw new ServiceError('InvalidCiphertextException')
  const nonce = o.blob.subarray(UUID_BYTES + 1, start)
  const decipher = createDecipheriv('aes-256-gcm', material, nonce, { authTagLength: TAG_BYTES })
  decipher.setAAD(aadOf(o.context))
  decipher.setAuthTag(o.blob.subarray(-TAG_BYTES))
  try {
    return Buffer.concat([decipher.update(o.blob.subarray(start, -TAG_BYTES)), decipher.final()])
  } catch {
    throw new ServiceError('InvalidCiphertextException')
  }
}

function aadOf(context: unknown): Buffer {
  return Buffer.from(JSON.stringify(Object.entries(context ?? {}).sort()))
}

function uuidBytes(id: string): Buffer {
  return Buffer.from(id.replaceAll('-', ''), 'hex')
}

function bytesOf(text: unknown): Buffer {
  return Buffer.from(String(text), 'base64')
}
