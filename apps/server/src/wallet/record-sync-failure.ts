import { isPassingFault } from '@opentrade/crypto'
import { failWalletSync, MAX_PLAN_SECONDS } from '@opentrade/db'
import { ExchangeError } from '@opentrade/exchange'
import { asUnavailable } from '../database-unavailable.ts'
import { ServiceError } from '../errors.ts'
import { publishEvent } from '../events.ts'
import { noteVaultFailure } from '../vault/note-failure.ts'
import { retryDelaySeconds, spreadSeconds } from './schedule.ts'
import type { SyncRun } from './sync-run.ts'

/** An exchange that does not serve the place of this server is asked this seldom: another try is of little use. */
const NOT_SERVED_SECONDS = 8 * 3_600

/** What waits for the person. */
const NOT_BY_ITSELF = new Set(['NO_KEY', 'NO_READ_KEY'])

/** The database, its disk or the keeper of root keys is away: a sync waits for it, however often it has tried. */
const AWAY_SECONDS = 30

interface Failure {
  code: string
  message: string
  /** Null: not by itself. */
  retryAt: Date | null
  /** How many tries in a row have failed with it, by which the next one is put off. */
  failures?: number
  /** A fault of ours: noted for the person, and thrown on for the log. */
  isFaultOfOurs: boolean
}

/**
 * Notes on the wallet why its sync failed and when it is tried again. Balances, worth and `last_updated` stay
 * as they were.
 * @throws the error itself if it is a fault of ours
 */
export async function recordSyncFailure({ run, error }: { run: SyncRun; error: unknown }): Promise<void> {
  const { walletId, startedAt, failures } = run
  const { services, actor } = run.ctx
  const { userId } = actor
  noteVaultFailure({ log: services.log, error, of: { walletId } })
  const failure = describeFailure({ run, error })
  const { code, message, retryAt, isFaultOfOurs } = failure
  await services.db.withUserSql(userId, async (client) => {
    const ours = await failWalletSync(client, {
      ...{ userId, walletId, startedAt, nextSyncAt: retryAt },
      error: {
        ...{ code, message, retryAt: retryAt?.toISOString() ?? null },
        failures: failure.failures ?? failures + 1,
      },
    })
    if (ours) await publishEvent(client, { type: 'wallet', userId, walletId })
  })
  if (isFaultOfOurs) throw error
}

function describeFailure({ run, error: thrown }: { run: SyncRun; error: unknown }): Failure {
  const { services } = run.ctx
  const unavailable = asUnavailable(thrown, services.now())
  const error = unavailable ?? thrown
  const after = (seconds: number) => new Date(services.now().getTime() + seconds * 1000)
  const soon = after(
    retryDelaySeconds({ failures: run.failures, intervalSeconds: services.env.syncIntervalSeconds }),
  )
  if (error instanceof ExchangeError) {
    const { code, message } = error
    if (code === 'RESTRICTED_LOCATION')
      return { code, message, retryAt: after(spreadSeconds(NOT_SERVED_SECONDS)), isFaultOfOurs: false }
    const told = error.retryAt && error.retryAt > soon ? error.retryAt : soon
    // A plan beyond the longest would be taken for one of a wrong clock.
    const longest = after(MAX_PLAN_SECONDS)
    return {
      code,
      message,
      retryAt: new Date(Math.min(told.getTime(), longest.getTime())),
      isFaultOfOurs: false,
    }
  }
  if (error instanceof ServiceError) {
    const { reason: code, message } = error
    if (unavailable || isPassingFault(error.cause)) {
      const again = after(spreadSeconds(AWAY_SECONDS))
      return { code, message, retryAt: again, failures: run.failures, isFaultOfOurs: false }
    }
    if (NOT_BY_ITSELF.has(code)) return { code, message, retryAt: null, isFaultOfOurs: false }
    if (code === 'KEY_REFUSED') {
      // The wallet is read when its key is asked about again, and what that brings is noted on both.
      const again = { retryAt: error.retryAt ?? soon, failures: run.failures }
      return { code: error.exchangeCode ?? code, message, ...again, isFaultOfOurs: false }
    }
    return { code, message, retryAt: soon, isFaultOfOurs: false }
  }
  return {
    code: 'INTERNAL',
    message: 'Something went wrong on our side. It was logged, and it is tried again.',
    retryAt: soon,
    isFaultOfOurs: true,
  }
}
