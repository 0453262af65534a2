import { CryptoError, type CryptoErrorCode } from './errors.ts'
import { isObject } from './json.ts'

/** How a service of AWS is reached. Without credentials the SDK finds them: environment, profile, role of the machine. */
export interface AwsConnection {
  /** As `eu-central-1`; without it AWS_REGION or the profile's. */
  region?: string
  /** Another address than the region's own: a VPC endpoint, or a stand-in. */
  endpoint?: string
  credentials?: { accessKeyId: string; secretAccessKey: string; sessionToken?: string }
  /** How often the SDK tries what failed for a passing reason; 3 by default. */
  maxAttempts?: number
  /** `requestMs`: the longest that one call may take with all its attempts, 5 s by default. */
  timeouts?: { requestMs?: number }
}

/** Those of the connection's settings that an SDK client takes. */
export function clientConfig(o: AwsConnection): Omit<AwsConnection, 'timeouts'> {
  const { region, endpoint, credentials, maxAttempts } = o
  return {
    ...(region === undefined ? {} : { region }),
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(credentials === undefined ? {} : { credentials }),
    ...(maxAttempts === undefined ? {} : { maxAttempts }),
  }
}

/**
 * Loads a part of the AWS SDK, which installations without AWS never do.
 * @throws CryptoError `PROVIDER_CONFIG` when it is not installed.
 */
export async function loadSdk<Sdk>(name: string, load: () => Promise<Sdk>): Promise<Sdk> {
  try {
    return await load()
  } catch {
    throw new CryptoError(
      'PROVIDER_CONFIG',
      `The package ${name} is not installed. Install it: npm install ${name}`,
    )
  }
}

/**
 * Makes one call by its deadline, finding the credentials included, which the SDK's own signal does not cover.
 * @param o.what the service and the key or secret, for the messages
 * @throws CryptoError for whatever goes wrong; it holds neither AWS's message nor the answer
 */
export async function callAws<Answer>(o: {
  service: 'AWS KMS' | 'AWS Secrets Manager'
  what: string
  timeoutMs: number
  run: (signal: AbortSignal) => Promise<Answer>
}): Promise<Answer> {
  const signal = AbortSignal.timeout(o.timeoutMs)
  const ended = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
  try {
    return await Promise.race([o.run(signal), ended])
  } catch (error) {
    if (error instanceof CryptoError) throw error
    if (signal.aborted) {
      throw new CryptoError(
        'PROVIDER_TIMEOUT',
        `${o.service} did not answer within ${o.timeoutMs} ms. Check the network, the region and the endpoint; nothing was changed.`,
      )
    }
    throw awsRefusal({ error, service: o.service, what: o.what })
  }
}

/** It answered without what its documentation promises. */
export function badAwsAnswer(service: string, fault: string): CryptoError {
  return new CryptoError(
    'PROVIDER_BAD_ANSWER',
    `${service} answered with ${fault}. Check that the endpoint leads to AWS and not to another program.`,
  )
}

interface Refusal {
  names: readonly string[]
  code: CryptoErrorCode
  say: (service: string, what: string) => string
}

/**
 * By the names of the errors in the API references of KMS and Secrets Manager and in
 * https://docs.aws.amazon.com/kms/latest/APIReference/CommonErrors.html; those of the SDK and of Node last.
 */
const REFUSALS: readonly Refusal[] = [
  {
    names: ['AccessDeniedException', 'AccessDenied', 'NotAuthorized'],
    code: 'PROVIDER_DENIED',
    say: (service, what) =>
      `${service} denied access to ${what}. Compare the IAM policy and the key's policy with docs/vault.md.`,
  },
  {
    names: [
      'UnrecognizedClientException',
      'InvalidSignatureException',
      'SignatureDoesNotMatch',
      'IncompleteSignature',
      'InvalidClientTokenId',
      'MissingAuthenticationToken',
      'ExpiredTokenException',
      'ExpiredToken',
      'CredentialsProviderError',
      'OptInRequired',
    ],
    code: 'PROVIDER_DENIED',
    say: (service) =>
      `${service} does not accept our credentials, or there are none. Check the access key or the machine's role, that they have not expired, and the machine's clock.`,
  },
  {
    names: ['DisabledException', 'KMSInvalidStateException', 'InvalidKeyUsageException'],
    code: 'PROVIDER_KEY_UNUSABLE',
    say: (_, what) =>
      `The key ${what} is disabled, waiting to be deleted, or not for encryption. Enable it or cancel its deletion: what it wrapped cannot be read otherwise.`,
  },
  {
    names: ['NotFoundException', 'InvalidArnException'],
    code: 'PROVIDER_KEY_UNUSABLE',
    say: (_, what) => `There is no key ${what}. Check the id, the account and the region.`,
  },
  {
    names: ['InvalidCiphertextException', 'IncorrectKeyException'],
    code: 'WRAPPED_KEY_REFUSED',
    say: () => 'The wrapped key was changed, or belongs to another owner.',
  },
  {
    names: [
      'ResourceNotFoundException',
      'InvalidRequestException',
      'InvalidParameterException',
      'DecryptionFailure',
    ],
    code: 'PROVIDER_KEY_UNUSABLE',
    say: (_, what) =>
      `The secret ${what} is missing, marked for deletion, or encrypted with a key that cannot be used. Check its name, the account and the region.`,
  },
  {
    names: [
      'ThrottlingException',
      'Throttling',
      'LimitExceededException',
      'TooManyRequestsException',
      'RequestLimitExceeded',
    ],
    code: 'PROVIDER_RATE_LIMITED',
    say: (service) => `${service} limits our requests. Wait, or ask AWS for a higher quota.`,
  },
]

function awsRefusal(o: { error: unknown; service: string; what: string }): CryptoError {
  const { service, what } = o
  const error = isObject(o.error) ? o.error : {}
  const name = typeof error.name === 'string' ? error.name : ''
  const refusal = REFUSALS.find(({ names }) => names.includes(name))
  if (refusal) return new CryptoError(refusal.code, refusal.say(service, what))
  if (o.error instanceof Error && /region is missing/i.test(o.error.message)) {
    return new CryptoError(
      'PROVIDER_CONFIG',
      'The AWS region is not set. Set AWS_REGION, as in eu-central-1.',
    )
  }
  const status = isObject(error.$metadata) ? error.$metadata.httpStatusCode : undefined
  const isServerFault = typeof status === 'number' && status >= 500
  if (o.error instanceof SyntaxError && !isServerFault)
    return badAwsAnswer(service, 'something that is not JSON')
  const reason =
    typeof error.code === 'string' ? error.code : typeof status === 'number' ? `HTTP ${status}` : 'no answer'
  if (typeof status === 'number' && !isServerFault)
    return badAwsAnswer(service, `a refusal that is not documented (${reason})`)
  return new CryptoError(
    'PROVIDER_UNAVAILABLE',
    `${service} cannot be reached or failed (${reason}). Check the network, the region and the endpoint; nothing was changed.`,
  )
}
