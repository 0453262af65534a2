import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import type { LoopbackAnswer, LoopbackRequest } from './loopback.ts'

/** Who may sign, by access key id. */
export interface Signer {
  secretAccessKey: string
  /** Temporary credentials carry it, and are refused once `expired`. */
  sessionToken?: string
  expired?: boolean
}

const AUTHORIZATION =
  /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([\w-]+)\/(\w+)\/aws4_request, ?SignedHeaders=([\w;-]+), ?Signature=([0-9a-f]{64})$/
const MUST_BE_SIGNED = ['host', 'x-amz-date', 'x-amz-target']
const MAX_SKEW_MS = 5 * 60_000

/**
 * Checks a request's signature as AWS documents it (Signature Version 4,
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html).
 * @returns the refusal, or null for a good one
 */
export function checkSignature(o: {
  request: LoopbackRequest
  signers: ReadonlyMap<string, Signer>
  region: string
  service: string
}): LoopbackAnswer | null {
  const { headers } = o.request
  const match = AUTHORIZATION.exec(headers.authorization ?? '')
  if (!match) return awsError(400, 'MissingAuthenticationToken')
  const [, accessKeyId = '', day = '', region = '', service = '', signedHeaders = '', signature = ''] = match
  const signer = o.signers.get(accessKeyId)
  if (!signer || headers['x-amz-security-token'] !== signer.sessionToken) {
    return awsError(400, 'UnrecognizedClientException')
  }
  if (signer.expired) return awsError(400, 'ExpiredTokenException')
  const names = signedHeaders.split(';')
  const mustBeSigned = signer.sessionToken ? [...MUST_BE_SIGNED, 'x-amz-security-token'] : MUST_BE_SIGNED
  const isScoped =
    region === o.region && service === o.service && (headers['x-amz-date'] ?? '').startsWith(day)
  const canonical = [
    o.request.method,
    o.request.path,
    '',
    ...names.map((name) => `${name}:${(headers[name] ?? '').trim().replace(/ +/g, ' ')}`),
    '',
    signedHeaders,
    sha256(o.request.body),
  ].join('\n')
  const scope = `${day}/${region}/${service}/aws4_request`
  const toSign = ['AWS4-HMAC-SHA256', headers['x-amz-date'], scope, sha256(canonical)].join('\n')
  let key: Buffer = Buffer.from(`AWS4${signer.secretAccessKey}`)
  for (const part of [day, region, service, 'aws4_request']) key = hmac(key, part)
  const isRight = timingSafeEqual(hmac(key, toSign), Buffer.from(signature, 'hex'))
  const isComplete = mustBeSigned.every((name) => names.includes(name))
  const isTimely = Math.abs(Date.now() - readDate(headers['x-amz-date'] ?? '')) < MAX_SKEW_MS
  return isRight && isComplete && isScoped && isTimely ? null : awsError(400, 'InvalidSignatureException')
}

/** An error as the JSON protocols of AWS give it. */
export function awsError(status: number, type: string): LoopbackAnswer {
  return {
    status,
    headers: { 'Content-Type': 'application/x-amz-json-1.1' },
    body: { __type: type, message: `The loopback server says ${type}.` },
  }
}

function readDate(text: string): number {
  return Date.parse(text.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'))
}

function sha256(data: string | Buffer): string {
  return createHash('sha256').update(data).digest('hex')
}

function hmac(key: Buffer, data: string): Buffer {
  return createHmac('sha256', key).update(data).digest()
}
