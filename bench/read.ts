import { insertWallets, startBenchDatabase } from './database.ts'
import { compare, type Figure } from './measure.ts'
import { startProgram } from './process.ts'
import { requestsPerSecond } from './requests.ts'
import { openSession } from './session.ts'

const CASES = [
  { wallets: 3, balances: 60, target: 0.4 },
  { wallets: 3, balances: 2000, target: 0.6 },
]

/** `wallets.list` through the whole server with its session checked, against the bare floor on the same rows. */
export async function benchRead(): Promise<Figure[]> {
  const bench = await startBenchDatabase()
  try {
    const ours = await startProgram({
      file: 'apps/server/src/main.ts',
      env: {
        ...bench.env,
        OPENTRADE_HOME: bench.home,
        ROLE: 'api',
        PORT: '0',
        PAPER_URL: 'off',
        LOG_LEVEL: 'warn',
      },
    })
    try {
      const figures: Figure[] = []
      for (const sizes of CASES) figures.push(await benchCase(bench, ours.url, sizes))
      return figures
    } finally {
      await ours.stop()
    }
  } finally {
    await bench.stop()
  }
}

async function benchCase(
  bench: Awaited<ReturnType<typeof startBenchDatabase>>,
  url: string,
  sizes: (typeof CASES)[number],
): Promise<Figure> {
  const { userId, cookie } = await openSession({
    url,
    email: `reader${sizes.balances}@bench.example`,
  })
  await insertWallets(bench.database, { userId, ...sizes })
  const floor = await startProgram({
    file: 'bench/floor-server.ts',
    env: { BENCH_DATABASE_URL: bench.url, BENCH_USER_ID: userId },
  })
  try {
    return await compare({
      name: `wallets.list, ${sizes.wallets} wallets and ${sizes.balances} balances`,
      unit: 'requests/s',
      target: sizes.target,
      ours: () => requestsPerSecond(`${url}/trpc/wallets.list`, { cookie }),
      floor: () => requestsPerSecond(floor.url, {}),
    })
  } finally {
    await floor.stop()
  }
}
