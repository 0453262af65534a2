import { type CombinedRootKeys, createPasswordHasher } from '@opentrade/crypto'
import { type Database, uuidv7 } from '@opentrade/db'
import type { Logger } from 'pino'
import { openApiTokens } from './auth/api-tokens.ts'
import { createAttempts } from './auth/attempts.ts'
import { createDummyCosts } from './auth/dummy-costs.ts'
import { createIdentityProviders } from './auth/identity-providers.ts'
import { openAccessTokens } from './auth/jwt-access-tokens.ts'
import { createRefreshTokens } from './auth/refresh-tokens.ts'
import { openSigningKeyRing } from './auth/signing-key-ring.ts'
import { createCallLimiter } from './call-limiter.ts'
import type { Services } from './context.ts'
import type { Env } from './env.ts'
import { openJobQueue } from './job-queue.ts'
import type { LogFile } from './log-file.ts'
import { createMailer } from './mail/mailer.ts'
import { openPostgresEvents } from './postgres-events.ts'
import { createVault } from './vault/create-vault.ts'
import { readDeploymentId } from './vault/deployment-id.ts'
import { openRootKeyReader } from './vault/root-key-readers.ts'
import { createSealProbe } from './vault/seal-probe.ts'

interface Parts {
  env: Env
  log: Logger
  /** Migrated, with a job queue prepared; stays open when the services close. */
  db: Database
  /** Stay open when the services close. */
  rootKeys: CombinedRootKeys
  logFile?: Pick<LogFile, 'writable'>
  now?: () => Date
}

/**
 * Builds what verbs use.
 * @throws CryptoError when the root keys are not those of this database; nothing is written then
 */
export async function openServices(
  parts: Parts,
): Promise<{ services: Services; close: () => Promise<void> }> {
  const { env, log, db, rootKeys, now = () => new Date() } = parts
  const deploymentId = await readDeploymentId(db.pool)
  const events = await openPostgresEvents({ db, log: log.child({ part: 'events' }) })
  const jobs = await openJobQueue({ db, log: log.child({ part: 'jobs' }) })
  const processId = uuidv7()
  const rootKeysLog = log.child({ part: 'root keys' })
  const sealing = createSealProbe({ db, rootKeys, deploymentId, log: rootKeysLog })
  const reader = await openRootKeyReader({
    ...{ db, rootKeys, rootKeyFile: env.rootKeyFile, sealing, processId, events },
    ...{ role: env.role, log: rootKeysLog },
  })
  const vault = createVault({ db, rootKeys, deploymentId, onRetired: reader.settle })
  const signingKeys = await openSigningKeyRing({ db, rootKeys, deploymentId, events, log, now })
  const accessTokens = openAccessTokens({ db, events, keys: signingKeys, deploymentId, now })
  const apiTokens = openApiTokens({ db, events, log, now })
  const passwords = createPasswordHasher({
    params: {
      memoryKib: env.argon2.memoryKib,
      passes: env.argon2.iterations,
      lanes: env.argon2.parallelism,
    },
  })
  const services: Services = {
    processId,
    env,
    log,
    logFile: parts.logFile ?? { writable: () => true },
    db,
    vault,
    rootKeys,
    sealing,
    deploymentId,
    passwords,
    dummyCosts: createDummyCosts({ db, log, params: passwords.params }),
    accessTokens,
    refreshTokens: createRefreshTokens(signingKeys.refreshSecrets),
    apiTokens,
    signingKeys,
    identityProviders: createIdentityProviders({
      providers: env.identityProviders,
      now,
      onRefusal: (refusal) => log.warn(refusal, 'A provider of accounts did not let us redeem a code'),
    }),
    attempts: createAttempts({ db, now }),
    calls: createCallLimiter(now),
    events,
    jobs,
    mailer: createMailer({ env, db, log: log.child({ part: 'mail' }) }),
    now,
  }
  return {
    services,
    async close() {
      accessTokens.close()
      signingKeys.close()
      await apiTokens.close()
      await jobs.close()
      await reader.close()
      await events.close()
      vault.close()
    },
  }
}
