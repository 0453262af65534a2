import { claimWalletSync } from '@opentrade/db'
import type { AccountBalances } from '@opentrade/exchange'
import { withWalletAccount } from '../api-key/with-wallet-account.ts'
import type { UserContext } from '../context.ts'
import { ServiceError } from '../errors.ts'
import { printableName } from '../storable-name.ts'
import { RUN_LEASE_SECONDS } from './lease.ts'
import { findLostTypes } from './lost-types.ts'
import { openProgress, type Progress } from './progress.ts'
import { recordSyncFailure } from './record-sync-failure.ts'
import { saveSync } from './save-sync.ts'
import type { WalletReference } from './schemas.ts'
import { storableHoldings } from './storable-holdings.ts'
import type { SyncRun } from './sync-run.ts'
import { valueWallet } from './value-wallet.ts'

/**
 * Brings one wallet up to date: what it holds, what that is worth, and a snapshot of both.
 *
 * At most one run at a time holds a wallet; a second one returns at once. Nothing is written before the
 * whole answer was read and valued, and then everything is, in one transaction; so a run that is killed at
 * any point leaves the wallet as it was, and due again when the lease has lapsed. What goes wrong at the
 * exchange is written to the wallet for the person and is not thrown.
 * @throws what is a fault of ours, after it was noted on the wallet
 */
export async function syncWallet({
  ctx,
  input,
  signal,
}: {
  ctx: UserContext
  input: WalletReference
  signal?: AbortSignal
}): Promise<void> {
  const { services, actor } = ctx
  const { userId } = actor
  const { walletId } = input
  const claim = await services.db.withUserSql(userId, (client) =>
    claimWalletSync(client, { userId, walletId, leaseSeconds: RUN_LEASE_SECONDS }),
  )
  if (!claim) return
  const run: SyncRun = { ctx, walletId, ...claim }
  const progress = openProgress(run)
  try {
    await readAndSave({ run, progress, signal })
  } catch (error) {
    // Before the failure is noted: a step that is written after it would look like a living run.
    await progress.close()
    await recordSyncFailure({ run, error })
  } finally {
    await progress.close()
  }
}

async function readAndSave(o: {
  run: SyncRun
  progress: Progress
  signal: AbortSignal | undefined
}): Promise<void> {
  const { run, progress, signal } = o
  const { ctx, walletId, exchangeId } = run
  const balances = await readAccount({ run, progress })
  // A worker that is being stopped leaves the rest to the next one; nothing was written yet.
  if (signal?.aborted) throw interrupted()
  const readAt = ctx.services.now()
  progress.step('pricing')
  const { holdings, leftOut } = storableHoldings(balances.holdings)
  const unread = balances.unread.filter((asset) => asset.reason !== 'too-large')
  const tooLarge = balances.unread.filter((asset) => asset.reason === 'too-large')
  const failed = [...balances.failed, ...(await findLostTypes({ run, balances }))]
  const failedAccountTypes = failed.map((failure) => failure.accountType)
  const valued = await valueWallet({
    ...{ ctx, walletId, exchangeId, holdings, failedAccountTypes },
    unreadAssets: unread,
  })
  progress.step('saving')
  await progress.close()
  const notStored = [...new Set([...leftOut, ...tooLarge.map(({ asset }) => printableName(asset))])].sort()
  await saveSync({ run, readAt, valued, failed, unread, leftOut: notStored })
}

function readAccount({ run, progress }: { run: SyncRun; progress: Progress }): Promise<AccountBalances> {
  return withWalletAccount({
    ctx: run.ctx,
    input: { walletId: run.walletId, reason: 'sync of the wallet' },
    run: (account) => {
      progress.step('reading balances')
      return account.fetchBalances()
    },
  })
}

function interrupted(): ServiceError {
  return new ServiceError({
    kind: 'unavailable',
    reason: 'INTERRUPTED',
    message: 'The server was stopped during the sync. It is done again by itself.',
  })
}
