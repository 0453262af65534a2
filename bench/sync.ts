import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { startBenchDatabase } from './database.ts'
import { type Figure, median } from './measure.ts'
import { startProgram } from './process.ts'

const USERS = Number(process.env.BENCH_USERS ?? 1000)
const ROUNDS = 3
/** Both sides keep as many syncs going as a worker does by default. */
export const CONCURRENCY = 4
const ADMIN_TOKEN = 'admin-token-of-the-bench'

/** What a round of one side took. */
export interface SyncRound {
  seconds: number
  /** Heap in use after a collection, in bytes. */
  heapBytes: number
}

/**
 * The wallets of many users at the paper exchange, read, valued and stored by the worker, against ccxt alone
 * making the same signed calls: a `binance` instance for each user, as ccxt is used, with markets shared. And the
 * heap after all users against the heap after a tenth of them.
 */
export async function benchSync(): Promise<Figure[]> {
  const bench = await startBenchDatabase()
  const env = { ...bench.env, PAPER_ADMIN_TOKEN: ADMIN_TOKEN, OPENTRADE_HOME: bench.home }
  const paper = await startProgram({
    file: 'apps/paper/src/main.ts',
    env: { ...env, PAPER_WEIGHT_LIMIT: '1000000000', PAPER_LOG_LEVEL: 'info' },
  })
  const children: ChildProcess[] = []
  try {
    const ours = startSide('bench/sync-ours.ts', {
      ...env,
      PAPER_URL: paper.url,
      BENCH_SUPERUSER_URL: bench.url,
    })
    const floor = startSide('bench/sync-floor.ts', { ...env, PAPER_URL: paper.url })
    children.push(ours, floor)
    const tenth = Math.max(1, Math.ceil(USERS / 10))
    await ask(ours, { users: tenth })
    const small = await ask(ours, { users: tenth })
    await ask(floor, { users: tenth })
    await ask(ours, { users: USERS })
    const rounds: { ours: SyncRound; floor: SyncRound }[] = []
    for (let round = 0; round < ROUNDS; round += 1) {
      rounds.push({ ours: await ask(ours, { users: USERS }), floor: await ask(floor, { users: USERS }) })
    }
    const last = rounds.at(-1)
    return [
      {
        name: `sync ${USERS} users' paper wallets`,
        unit: 's',
        ours: median(rounds.map((round) => round.ours.seconds)),
        floor: median(rounds.map((round) => round.floor.seconds)),
        ratio: median(rounds.map((round) => round.ours.seconds / round.floor.seconds)),
        target: 1.3,
        atMost: true,
      },
      {
        name: `heap after ${USERS} users against ${tenth}`,
        unit: 'MB',
        ours: (last?.ours.heapBytes ?? Number.NaN) / 1e6,
        floor: small.heapBytes / 1e6,
        ratio: (last?.ours.heapBytes ?? Number.NaN) / small.heapBytes,
        target: 1.1,
        atMost: true,
      },
    ]
  } finally {
    for (const child of children) child.kill('SIGKILL')
    await paper.stop()
    await bench.stop()
  }
}

function startSide(file: string, env: Record<string, string>): ChildProcess {
  return fork(file, { execArgv: ['--import', 'tsx', '--expose-gc'], env: { ...process.env, ...env } })
}

async function ask(child: ChildProcess, request: { users: number }): Promise<SyncRound> {
  child.send(request)
  const ended = once(child, 'exit').then(() => {
    throw new Error('A side of the bench ended before it answered.')
  })
  const [round] = await Promise.race([once(child, 'message'), ended])
  return round as SyncRound
}
