import { randomBytes } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { openFreezingProxy } from '../apps/server/src/testing/freezing-proxy.ts'
import { startBenchDatabase } from './database.ts'
import { type Figure, median } from './measure.ts'
import { startProgram } from './process.ts'
import { openSession, type Session } from './session.ts'

const ROUNDS = 20
const ASK_EVERY_MS = 10
/** No process may let a session in that ended longer ago. */
const MOST_MS = 1_000
/** How long it is asked after that. */
const WATCH_MS = 2_000

/**
 * How long after its end a session is still let in by another process: one that hears of it, and one whose line to
 * the database carries nothing any more.
 */
export async function benchRevoke(): Promise<Figure[]> {
  const bench = await startBenchDatabase()
  const line = await openFreezingProxy(bench.env.DATABASE_URL ?? '')
  const env = {
    ...bench.env,
    ...{ OPENTRADE_HOME: bench.home, PAPER_URL: 'off', ROLE: 'api', PORT: '0', LOG_LEVEL: 'error' },
    ...{
      ROOT_KEY_PROVIDER: 'env',
      ROOT_KEY_bench: randomBytes(32).toString('hex'),
      ROOT_KEY_CURRENT: 'bench',
    },
    CALLS_PER_MINUTE: '0',
  }
  const file = 'apps/server/src/main.ts'
  const near = await startProgram({ file, env })
  const far = await startProgram({ file, env: { ...env, DATABASE_URL: line.url } })
  try {
    const hears = await repeat(() => lastLetIn({ ended: near.url, asked: far.url }))
    const deaf = await repeat(async () => {
      const ms = await lastLetIn({ ended: near.url, asked: far.url, beforeEnd: () => line.freeze() })
      line.thaw()
      await untilAnswers(far.url)
      return ms
    })
    return [
      figureOf('a session is let in after its end, by a process that hears of it', hears),
      figureOf('the same, by one whose line to the database is frozen', deaf),
    ]
  } finally {
    line.thaw()
    await Promise.all([near.stop(), far.stop()])
    await line.close()
    await bench.stop()
  }
}

async function repeat(measure: () => Promise<number>): Promise<number[]> {
  const times: number[] = []
  for (let round = 0; round < ROUNDS; round += 1) times.push(await measure())
  return times
}

/** Ends a session at one process; returns how long after that was asked for the last call began that the other let in. */
async function lastLetIn(o: { ended: string; asked: string; beforeEnd?: () => void }): Promise<number> {
  const session = await openSession({ url: o.ended, email: `${crypto.randomUUID()}@bench.example` })
  if (!(await isLetIn(o.asked, session))) throw new Error('The session did not work before its end.')
  o.beforeEnd?.()
  const since = performance.now()
  const ended = call({ url: o.ended, path: 'auth.logout', session, method: 'POST' })
  const calls: Promise<number>[] = []
  while (performance.now() - since < WATCH_MS) {
    const after = performance.now() - since
    calls.push(isLetIn(o.asked, session).then((is) => (is ? after : 0)))
    await pause(ASK_EVERY_MS)
  }
  if (!(await ended).ok) throw new Error('The session could not be ended.')
  return Math.max(...(await Promise.all(calls)))
}

/**
 * Whether a session is known: then its input is found wanting, which asks no database. A call that gets no answer
 * while the line is frozen is not let in.
 */
async function isLetIn(url: string, session: Session): Promise<boolean> {
  const signal = AbortSignal.timeout(WATCH_MS)
  const response = await call({ url, path: 'exchanges.get?input=0', session, signal }).catch(() => null)
  return response?.status === 400
}

async function call(o: {
  url: string
  path: string
  session: Session
  method?: 'POST'
  signal?: AbortSignal
}): Promise<Response> {
  const response = await fetch(`${o.url}/trpc/${o.path}`, {
    headers: { 'content-type': 'application/json', origin: o.url, cookie: o.session.cookie },
    ...(o.method && { method: o.method, body: '{}' }),
    ...(o.signal && { signal: o.signal }),
  })
  await response.text()
  return response
}

/** Until the process has its database again. */
async function untilAnswers(url: string): Promise<void> {
  const ready = async () => (await fetch(`${url}/readyz`).catch(() => null))?.ok ?? false
  while (!(await ready())) await pause(ASK_EVERY_MS)
}

function figureOf(name: string, times: number[]): Figure {
  const most = Math.max(...times)
  return {
    ...{ name: `${name}: the longest of ${times.length}, and the median`, unit: 'ms' },
    ...{ ours: most, floor: median(times), ratio: most / MOST_MS, target: 1, atMost: true },
  }
}
