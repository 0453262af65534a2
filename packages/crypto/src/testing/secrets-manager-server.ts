import { randomUUID } from 'node:crypto'
import { type Loopback, type LoopbackAnswer, type LoopbackRequest, startLoopback } from './loopback.ts'
import { awsError, checkSignature, type Signer } from './sigv4.ts'

/** One version of a secret. */
export interface SecretVersion {
  id: string
  stages: string[]
  text?: string
  binary?: Uint8Array
}

/** A loopback AWS Secrets Manager: GetSecretValue of its JSON 1.1 protocol, with signatures that are checked. */
export interface SecretsManagerServer extends Loopback {
  region: string
  signers: Map<string, Signer>
  denied: boolean
  /** By name. */
  secrets: Map<string, SecretVersion[]>
  /** Adds a version, which takes the label AWSCURRENT from the one before. */
  putVersion(name: string, value: Pick<SecretVersion, 'text' | 'binary'>): SecretVersion
}

/** Starts a loopback Secrets Manager without secrets. */
export async function startSecretsManagerServer(): Promise<SecretsManagerServer> {
  const loopback = await startLoopback((request) => answer(server, request))
  const server: SecretsManagerServer = Object.assign(loopback, {
    region: 'eu-central-1',
    signers: new Map<string, Signer>(),
    denied: false,
    secrets: new Map<string, SecretVersion[]>(),
    putVersion(name: string, value: Pick<SecretVersion, 'text' | 'binary'>): SecretVersion {
      const before = server.secrets.get(name) ?? []
      for (const version of before) {
        version.stages = version.stages.includes('AWSCURRENT') ? ['AWSPREVIOUS'] : []
      }
      const version = { id: randomUUID(), stages: ['AWSCURRENT'], ...value }
      server.secrets.set(name, [...before, version])
      return version
    },
  })
  return server
}

function answer(server: SecretsManagerServer, request: LoopbackRequest): LoopbackAnswer {
  const refusal = checkSignature({
    request,
    signers: server.signers,
    region: server.region,
    service: 'secretsmanager',
  })
  if (refusal) return refusal
  if (request.headers['x-amz-target'] !== 'secretsmanager.GetSecretValue') {
    return awsError(400, 'UnknownOperationException')
  }
  if (server.denied) return awsError(400, 'AccessDeniedException')
  const input: Record<string, unknown> = JSON.parse(request.body.toString())
  const versions = server.secrets.get(String(input.SecretId)) ?? []
  const stage = String(input.VersionStage ?? 'AWSCURRENT')
  const version = versions.find(({ id, stages }) =>
    input.VersionId === undefined ? stages.includes(stage) : id === input.VersionId,
  )
  if (!version) return awsError(400, 'ResourceNotFoundException')
  const body = {
    ARN: `arn:aws:secretsmanager:${server.region}:111122223333:secret:${input.SecretId}-AbCdEf`,
    Name: input.SecretId,
    VersionId: version.id,
    VersionStages: version.stages,
    SecretString: version.text,
    SecretBinary: version.binary && Buffer.from(version.binary).toString('base64'),
  }
  return { status: 200, headers: { 'Content-Type': 'application/x-amz-json-1.1' }, body }
}
