export { type Database, type OpenDatabaseOptions, openDatabase, type Queryable } from './database.ts'
export { EmbeddedPostgresError, type EmbeddedPostgresErrorCode } from './embedded/error.ts'
export {
  type EmbeddedPostgres,
  type EmbeddedPostgresOptions,
  startEmbeddedPostgres,
} from './embedded/start.ts'
export { Prisma, PrismaClient } from './generated/client.ts'
export { MigrationError, type MigrationErrorCode, migrate } from './migrate.ts'
export { claimWalletSync, type SyncClaim } from './sql/claim-wallet-sync.ts'
export { completeWalletSync } from './sql/complete-wallet-sync.ts'
export { failWalletSync } from './sql/fail-wallet-sync.ts'
export { type QueueOutcome, queueWalletSync } from './sql/queue-wallet-sync.ts'
export { type AllocationRow, readAllocation } from './sql/read-allocation.ts'
export { readBalances, type StoredBalance } from './sql/read-balances.ts'
export { type KeyStateRow, readKeyStates } from './sql/read-key-states.ts'
export { readWalletOverviews, type WalletOverviewRow } from './sql/read-wallet-overviews.ts'
export { renewWalletSync } from './sql/renew-wallet-sync.ts'
export { takeDueWallets } from './sql/take-due-wallets.ts'
export { uuidv7 } from './uuidv7.ts'
