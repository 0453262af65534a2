import { migrate, openDatabase } from '@opentrade/db'
import { pino } from 'pino'
import { readEnv } from './env.ts'
import { startPaper } from './start.ts'

/** Longest time for a clean stop; the process then ends anyway. */
const STOP_WITHIN_MS = 5_000

const logger = pino({ name: 'paper', base: null })

try {
  await run()
} catch (error) {
  logger.fatal(error instanceof Error ? error.message : 'The paper exchange cannot start.')
  process.exit(1)
}

async function run(): Promise<void> {
  const env = readEnv()
  logger.level = env.PAPER_LOG_LEVEL
  const database = openDatabase({
    url: env.DATABASE_URL,
    applicationName: 'opentrade-paper',
    onConnectionError: ({ message }) => logger.warn({ message }, 'a database connection broke'),
  })
  // Whoever starts the exchange has usually applied the migrations; only a database without its latest needs it.
  const { rows } = await database.pool.query<{ ready: boolean }>(
    `SELECT EXISTS (SELECT FROM pg_attribute
       WHERE attrelid = to_regclass('paper.api_keys') AND attname = 'public_key') AS ready`,
  )
  if (!rows[0]?.ready) await migrate({ url: env.DATABASE_URL })

  const paper = await startPaper({
    database,
    port: env.PAPER_PORT,
    host: env.PAPER_HOST,
    adminToken: env.PAPER_ADMIN_TOKEN,
    seed: env.PAPER_SEED,
    market: env.PAPER_MARKET,
    replayStart: env.PAPER_REPLAY_START,
    weightLimit: env.PAPER_WEIGHT_LIMIT,
    logger,
  })

  let stopping = false
  async function stop(): Promise<void> {
    if (stopping) return
    stopping = true
    setTimeout(() => process.exit(1), STOP_WITHIN_MS).unref()
    await paper.close()
    await database.close()
    if (process.connected) process.disconnect()
    process.exit(0)
  }

  process.once('SIGTERM', stop)
  process.once('SIGINT', stop)
  process.once('disconnect', stop)
  if (process.send) process.send({ type: 'ready', url: paper.url })
  else logger.info({ url: paper.url }, 'the paper exchange is ready')
}
