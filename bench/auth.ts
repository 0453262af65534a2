import { insertWallets, startBenchDatabase } from './database.ts'
import { type Figure, median } from './measure.ts'
import { startProgram } from './process.ts'
import { requestsPerSecond } from './requests.ts'
import { openSession } from './session.ts'

const ROUNDS = 7
/** What knowing who calls may cost of a request of `wallets.list`. */
const MOST_SHARE = 0.1

/**
 * What it costs to verify a session and load its user: one procedure that asks no database, called with a session
 * and without, and their difference as a share of `wallets.list`.
 */
export async function benchAuth(): Promise<Figure[]> {
  const bench = await startBenchDatabase()
  try {
    const server = await startProgram({
      file: 'apps/server/src/main.ts',
      env: {
        ...bench.env,
        ...{ OPENTRADE_HOME: bench.home, ROLE: 'api', PORT: '0', PAPER_URL: 'off' },
        ...{ LOG_LEVEL: 'warn', CALLS_PER_MINUTE: '0' },
      },
    })
    try {
      const { userId, cookie } = await openSession({ url: server.url, email: 'auth@bench.example' })
      await insertWallets(bench.database, { userId, wallets: 3, balances: 60 })
      return [await measure({ url: server.url, cookie })]
    } finally {
      await server.stop()
    }
  } finally {
    await bench.stop()
  }
}

async function measure(o: { url: string; cookie: string }): Promise<Figure> {
  const open = `${o.url}/trpc/auth.identityProviders`
  const rounds: { overhead: number; whole: number }[] = []
  for (let round = 0; round <= ROUNDS; round += 1) {
    const without = await microsecondsOf(open, {})
    const within = await microsecondsOf(open, { cookie: o.cookie })
    const whole = await microsecondsOf(`${o.url}/trpc/wallets.list`, { cookie: o.cookie })
    // The first warms all three up.
    if (round > 0) rounds.push({ overhead: within - without, whole })
  }
  return {
    name: 'verifying the session and loading the user, of wallets.list with 60 balances',
    unit: 'µs a request',
    ours: median(rounds.map(({ overhead }) => overhead)),
    floor: median(rounds.map(({ whole }) => whole)),
    ratio: median(rounds.map(({ overhead, whole }) => overhead / whole)),
    target: MOST_SHARE,
    atMost: true,
  }
}

async function microsecondsOf(url: string, headers: Record<string, string>): Promise<number> {
  return 1e6 / (await requestsPerSecond(url, headers))
}
