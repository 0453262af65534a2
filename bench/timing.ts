import { randomInt, randomUUID } from 'node:crypto'
import { freePort } from '../e2e/free-port.ts'
import { startBenchDatabase } from './database.ts'
import { type Figure, median } from './measure.ts'
import { startProgram } from './process.ts'
import { PASSWORD } from './session.ts'

/** TIMING_SAMPLES makes a quick look of it. */
const SAMPLES = Number(process.env.TIMING_SAMPLES ?? 2_000)
/** A gap that nobody measures over a network. */
const MAX_GAP_MS = 5
/** Below this, the two would differ by more than chance. */
const SIGNIFICANT = 0.01
/** Accounts to ask about: more than one, so that no limit per address is met. */
const KNOWN = 50
/** The limits, which treat known and unknown alike, would end the measurement: their counts are taken away. */
const FORGET_EVERY = 20

interface Question {
  name: string
  path: string
  bodyFor: (email: string) => Record<string, string>
}

const QUESTIONS: Question[] = [
  {
    name: 'login',
    path: 'auth.login',
    bodyFor: (email) => ({ email, password: 'not the right lighthouses' }),
  },
  { name: 'register', path: 'auth.register', bodyFor: (email) => ({ email, password: PASSWORD }) },
  { name: 'reset', path: 'auth.requestPasswordReset', bodyFor: (email) => ({ email }) },
]

/**
 * How long the server takes to answer about addresses that have an account against those that have none, asked in
 * random order, one at a time. What differs between them is work for jobs, and no worker runs here: mails wait.
 */
export async function benchTiming(): Promise<Figure[]> {
  const bench = await startBenchDatabase()
  // Mails name an address, so that it is chosen before the server starts.
  const port = await freePort()
  const env = {
    ...bench.env,
    OPENTRADE_HOME: bench.home,
    PAPER_URL: 'off',
    LOG_LEVEL: 'error',
    CALLS_PER_MINUTE: '0',
    PUBLIC_URL: `http://127.0.0.1:${port}`,
    MAIL_FROM: 'bench@example.org',
    SMTP_URL: 'smtp://127.0.0.1:9',
  }
  const api = await startProgram({
    file: 'apps/server/src/main.ts',
    env: { ...env, ROLE: 'api', PORT: String(port) },
  })
  try {
    const forget = () => bench.database.pool.query('DELETE FROM sign_in_attempts')
    const known = await makeAccounts({ url: api.url, bench, forget })
    const figures: Figure[] = []
    for (const question of QUESTIONS) figures.push(...(await ask({ url: api.url, question, known, forget })))
    return figures
  } finally {
    await api.stop()
    await bench.stop()
  }
}

/** Signs one person up, and copies their row: the hash costs what every hash costs. */
async function makeAccounts(o: {
  url: string
  bench: Awaited<ReturnType<typeof startBenchDatabase>>
  forget: () => Promise<unknown>
}): Promise<string[]> {
  await timeOf({ ...o, path: 'auth.register', body: { email: 'first@bench.example', password: PASSWORD } })
  const emails = Array.from({ length: KNOWN }, () => `${randomUUID()}@bench.example`)
  await o.bench.database.pool.query(
    `INSERT INTO users (email, password_hash)
     SELECT unnest($1::text[]), password_hash FROM users WHERE email = 'first@bench.example'`,
    [emails],
  )
  await o.bench.database.pool.query('ANALYZE users')
  await o.forget()
  return emails
}

async function ask(o: {
  url: string
  question: Question
  known: string[]
  forget: () => Promise<unknown>
}): Promise<Figure[]> {
  const { question, known } = o
  const times = { known: [] as number[], unknown: [] as number[] }
  const measure = async (kind: 'known' | 'unknown') => {
    const email = kind === 'known' ? (known[randomInt(known.length)] ?? '') : `${randomUUID()}@bench.example`
    return timeOf({ url: o.url, path: question.path, body: question.bodyFor(email) })
  }
  for (let warm = 0; warm < FORGET_EVERY; warm += 1) await measure(warm % 2 === 0 ? 'known' : 'unknown')
  while (times.known.length < SAMPLES || times.unknown.length < SAMPLES) {
    if ((times.known.length + times.unknown.length) % FORGET_EVERY === 0) await o.forget()
    const drawn = randomInt(2) === 0 ? 'known' : 'unknown'
    const kind = times[drawn].length < SAMPLES ? drawn : drawn === 'known' ? 'unknown' : 'known'
    times[kind].push(await measure(kind))
  }
  return figuresOf({ name: question.name, ...times })
}

function figuresOf(o: { name: string; known: number[]; unknown: number[] }): Figure[] {
  const [ours, floor] = [median(o.known), median(o.unknown)]
  const gap = Math.abs(ours - floor)
  const what = `${o.name}, ${o.known.length} known against ${o.unknown.length} unknown addresses`
  const p = rankTest(o.known, o.unknown)
  return [
    {
      name: `${what}: gap of the medians`,
      unit: 'ms',
      ours,
      floor,
      ratio: gap,
      target: MAX_GAP_MS,
      atMost: true,
    },
    {
      name: `${what}: p of the rank test`,
      unit: 'ms',
      ours,
      floor,
      ratio: p,
      target: SIGNIFICANT,
      atMost: false,
    },
  ]
}

async function timeOf(o: { url: string; path: string; body: Record<string, string> }): Promise<number> {
  const startedAt = performance.now()
  const response = await fetch(`${o.url}/trpc/${o.path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'sec-fetch-site': 'same-origin' },
    body: JSON.stringify(o.body),
  })
  const answer = await response.text()
  const ms = performance.now() - startedAt
  if (response.status !== 200 && response.status !== 401) throw new Error(`${o.path} answered ${answer}`)
  return ms
}

/**
 * The two-sided p value of the Mann-Whitney U test, by its normal approximation with a correction for ties: how
 * probable a difference of the ranks as large as this is when both come from one distribution.
 */
export function rankTest(first: number[], second: number[]): number {
  const all = [
    ...first.map((value) => ({ value, isFirst: true })),
    ...second.map((value) => ({ value, isFirst: false })),
  ].sort((a, b) => a.value - b.value)
  let rankSum = 0
  let ties = 0
  for (let start = 0; start < all.length; ) {
    let end = start
    while (end < all.length && all[end]?.value === all[start]?.value) end += 1
    const size = end - start
    const rank = (start + 1 + end) / 2
    rankSum += rank * all.slice(start, end).filter((entry) => entry.isFirst).length
    ties += size ** 3 - size
    start = end
  }
  const [n, m] = [first.length, second.length]
  const total = n + m
  const u = rankSum - (n * (n + 1)) / 2
  const variance = ((n * m) / 12) * (total + 1 - ties / (total * (total - 1)))
  const z = Math.max(0, Math.abs(u - (n * m) / 2) - 0.5) / Math.sqrt(variance)
  return 2 * upperTail(z)
}

/** P(Z > z) of the standard normal distribution, to about 1e-7 (Abramowitz and Stegun, 26.2.17). */
function upperTail(z: number): number {
  const t = 1 / (1 + 0.2316419 * z)
  const series =
    t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))))
  return (Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)) * series
}
