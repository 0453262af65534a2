import { readFileSync } from 'node:fs'
import { ZodType, z } from 'zod'
import { proceduresOf } from '../apps/server/src/api-page.ts'
import { appRouter } from '../apps/server/src/router.ts'
import { insertWallets, startBenchDatabase } from './database.ts'
import type { Figure } from './measure.ts'
import { startProgram } from './process.ts'
import { openSession } from './session.ts'

const INPUTS = Number(process.env.BENCH_INPUTS ?? 1_000_000)
const BATCH = 10
const AT_ONCE = 8
/** After so many inputs the person signs in anew: access tokens and step-ups are good for minutes only. */
const RENEW_EVERY = 5_000
const EMAIL = 'fuzz@bench.example'

/** They end the account or the sessions with which the rest is to be tried. */
const LEFT_OUT = new Set([
  'auth.logout',
  'users.deactivateMe',
  'users.deleteMe',
  'sessions.revokeOthers',
  'auth.refresh',
])

/** What of a JSON schema is heeded here. */
interface Schema {
  type?: string
  format?: string
  enum?: unknown[]
  const?: unknown
  anyOf?: Schema[]
  oneOf?: Schema[]
  properties?: Record<string, Schema>
  required?: string[]
  items?: Schema
  minimum?: number
  maximum?: number
}

interface Target {
  path: string
  type: 'query' | 'mutation'
  /** None: it takes no input. */
  schema: Schema | undefined
}

interface Seen {
  calls: number
  /** Of those, how many the administrator's session went with. */
  signedIn: number
  faults: Map<string, string>
  statuses: Map<number, number>
}

/**
 * Random inputs to every procedure, in batches, half of them by a signed-in administrator. Most are made by the
 * schema of the procedure, with a fault here and there, so that they get past it and to what stands behind: counts answers of 5xx and
 * answers with our insides, of which there must be none, and the memory of the server at the end against that after
 * a tenth. The limits on attempts are lifted whenever the administrator signs in anew: they would answer for all the
 * rest. Nothing here can leave this machine: no exchange but the paper one is ever named.
 */
export async function benchFuzz(): Promise<Figure[]> {
  const bench = await startBenchDatabase()
  const server = await startProgram({
    file: 'apps/server/src/main.ts',
    env: {
      ...bench.env,
      ...{ OPENTRADE_HOME: bench.home, PORT: '0', PAPER_URL: 'off' },
      ...{ LOG_LEVEL: 'error', CALLS_PER_MINUTE: '0', ROLE: 'api' },
      // The least that is allowed: hashing passwords is most of the time here, and none of what is looked for.
      ...{ ARGON2_MEMORY_KIB: '19456', ARGON2_ITERATIONS: '2' },
    },
  })
  try {
    const { url } = server
    const { userId, cookie } = await openSession({ url, email: EMAIL })
    const others = await Promise.all(
      [1, 2].map((at) => openSession({ url, email: `other-${at}@bench.example` })),
    )
    const run: Run = {
      url,
      cookie,
      targets: readTargets(),
      ids: [
        ...(await insertWallets(bench.database, { userId, wallets: 2, balances: 20 })),
        ...others.map((other) => other.userId),
        '01890000-0000-7000-8000-000000000000',
      ],
      seen: { calls: 0, signedIn: 0, faults: new Map(), statuses: new Map() },
    }
    const renew = async () => {
      await bench.database.pool.query('DELETE FROM sign_in_attempts')
      run.cookie = (await openSession({ url, email: EMAIL, by: 'login' })).cookie
    }
    const { seen } = run
    await fuzz(run, { until: INPUTS / 10, renew })
    const early = residentBytes(server.process.pid)
    await fuzz(run, { until: INPUTS, renew })
    const late = residentBytes(server.process.pid)
    for (const [what, example] of seen.faults) console.error(`${what}: ${example}`)
    console.log(
      `${seen.signedIn} of ${seen.calls} inputs to ${run.targets.length} procedures came with a session`,
    )
    console.log(`statuses: ${[...seen.statuses].map(([status, count]) => `${status}: ${count}`).join(', ')}`)
    return [
      {
        ...{ name: `answers of 5xx or with our insides, of ${seen.calls}`, unit: '(the limit)' },
        ...{ ours: seen.faults.size, floor: 0, ratio: seen.faults.size, target: 0, atMost: true },
      },
      {
        ...{
          name: 'resident memory at the end against a tenth',
          unit: 'MB',
          ours: late / 1e6,
          floor: early / 1e6,
        },
        ...{ ratio: late / early, target: 1.3, atMost: true },
      },
    ]
  } finally {
    await server.stop()
    await bench.stop()
  }
}

interface Run {
  url: string
  /** The administrator's, replaced as it ages. */
  cookie: string
  targets: Target[]
  /** Of things that there are and that the administrator may see, and one of nothing. */
  ids: string[]
  seen: Seen
}

async function fuzz(run: Run, o: { until: number; renew: () => Promise<void> }): Promise<void> {
  const { seen } = run
  async function work(until: number): Promise<void> {
    while (seen.calls < until) {
      seen.calls += BATCH
      await sendBatch(run)
    }
  }
  while (seen.calls < o.until) {
    await o.renew()
    const until = Math.min(o.until, seen.calls + RENEW_EVERY)
    await Promise.all(Array.from({ length: AT_ONCE }, () => work(until)))
  }
}

async function sendBatch(run: Run): Promise<void> {
  const { url, cookie, targets, seen } = run
  const type = Math.random() < 0.5 ? 'query' : 'mutation'
  const ofType = targets.filter((target) => target.type === type)
  const calls = Array.from({ length: BATCH }, () => pick(ofType))
  const inputs = JSON.stringify(Object.fromEntries(calls.map((call, index) => [index, inputOf(run, call)])))
  const paths = calls.map((call) => call.path).join(',')
  const query = type === 'query' ? `&input=${encodeURIComponent(inputs)}` : ''
  const isSignedIn = Math.random() < 0.5
  if (isSignedIn) seen.signedIn += BATCH
  const response = await fetch(`${url}/trpc/${paths}?batch=1${query}`, {
    headers: {
      ...{ 'content-type': 'application/json', origin: url },
      ...(isSignedIn && { cookie }),
    },
    ...(type === 'mutation' && { method: 'POST', body: inputs }),
  })
  note(seen, calls, await response.text(), response.status)
}

function note(seen: Seen, calls: Target[], text: string, status: number): void {
  if (/\n\s+at |\\n\s+at |node_modules|"stack"/.test(text)) seen.faults.set('our insides', text.slice(0, 300))
  const answers = readAnswers(text)
  if (!answers) {
    if (status >= 500 || status === 200)
      seen.faults.set(`an answer of ${status} to a batch`, text.slice(0, 300))
    return
  }
  for (const [index, answer] of answers.entries()) {
    const code = answer.error?.data.httpStatus ?? 200
    seen.statuses.set(code, (seen.statuses.get(code) ?? 0) + 1)
    // A full queue of passwords to hash says 503, and when to come back: it is what it is for.
    const isQueue = code === 503 && answer.error?.data.reason === 'BUSY'
    if (code >= 500 && !isQueue)
      seen.faults.set(`${code} of ${calls[index]?.path}`, JSON.stringify(answer).slice(0, 300))
  }
}

interface WireAnswer {
  error?: { data: { httpStatus: number; reason: string } }
}

function readAnswers(text: string): WireAnswer[] | null {
  const json: unknown = JSON.parse(text)
  return Array.isArray(json) ? (json as WireAnswer[]) : null
}

function readTargets(): Target[] {
  return proceduresOf(appRouter).flatMap(({ path, procedure }) => {
    // tRPC's public types leave out where a procedure keeps its parsers.
    const { type, inputs } = procedure._def as typeof procedure._def & { inputs: unknown[] }
    if (type === 'subscription' || LEFT_OUT.has(path) || path.startsWith('admin.keys.')) return []
    const [parser] = inputs
    return [{ path, type, schema: parser instanceof ZodType ? schemaOf(parser) : undefined }]
  })
}

function schemaOf(parser: ZodType): Schema {
  // JSON Schema has more to it, and `true` for a schema that takes anything: neither is made by our parsers.
  return z.toJSONSchema(parser, { io: 'input', unrepresentable: 'any' }) as Schema
}

/** How often a part of an input is anything but what its schema says. */
const SPOILT = 0.1

function inputOf(run: Run, { schema }: Target): unknown {
  if (!schema || Math.random() < 0.05) return randomValue(0)
  return made({ run, schema, name: '' })
}

function made(o: { run: Run; schema: Schema; name: string }): unknown {
  const { run, schema, name } = o
  if (Math.random() < SPOILT) return randomValue(0)
  const choices = schema.anyOf ?? schema.oneOf
  if (choices) return made({ run, schema: pick(choices), name })
  if (schema.const !== undefined) return schema.const
  if (schema.enum) return pick(schema.enum)
  if (schema.type === 'string') return text(o)
  if (schema.type === 'array') {
    const { items = {} } = schema
    return Array.from({ length: Math.floor(Math.random() * 4) }, () => made({ run, schema: items, name }))
  }
  if (schema.type === 'object') return Object.fromEntries(fieldsOf(o))
  if (schema.type === 'boolean') return Math.random() < 0.5
  if (schema.type === 'null') return null
  const { minimum = -1, maximum = 100 } = schema
  return schema.type === 'integer' || schema.type === 'number'
    ? Math.floor(minimum + Math.random() * (Math.min(maximum, minimum + 1_000) - minimum + 1))
    : randomValue(0)
}

/** What may be left out often is; what may not is rarely. */
function fieldsOf(o: { run: Run; schema: Schema }): [string, unknown][] {
  const { properties, required = [] } = o.schema
  if (!properties) return [[pick(TEXTS), pick(TEXTS)]]
  return Object.entries(properties)
    .filter(([name]) => Math.random() < (required.includes(name) ? 0.98 : 0.6))
    .map(([name, schema]) => [name, made({ run: o.run, schema, name })])
}

function text({ run, schema, name }: { run: Run; schema: Schema; name: string }): string {
  if (name === 'exchangeId') return pick(['paper', 'no-such', ''])
  if (schema.format === 'uuid') return pick(run.ids)
  if (schema.format === 'uri') return 'http://127.0.0.1:9'
  if (schema.format === 'date-time') return pick(MOMENTS)
  if (name === 'email') return pick(['nobody@example.org', 'a@b', 'ä@example.org', EMAIL])
  return Math.random() < 0.8 ? pick(TEXTS) : String.fromCharCode(...bytes())
}

const MOMENTS = [
  '2026-01-31T12:00:00Z',
  '0000-01-01T00:00:00Z',
  '9999-12-31T23:59:59-23:59',
  '2026-01-31T12:00:00+23:59',
]

const TEXTS = [
  '',
  ' ',
  '\u0000',
  '\ud800',
  '__proto__',
  'x'.repeat(300),
  '<script>',
  "'; DROP TABLE users; --",
  '7d',
  'dark',
  '1e400',
  'NaN',
  '-0',
  '\u202e',
  '../../etc/passwd',
  '%00',
  '{{7*7}}',
  'ot_'.padEnd(39, 'a'),
]

function randomValue(depth: number): unknown {
  const kind = Math.floor(Math.random() * (depth > 3 ? 6 : 9))
  if (kind === 0) return null
  if (kind === 1) return Math.random() < 0.5
  if (kind === 2) return pick([0, -1, 1e308, -1e308, 1.5, 2 ** 53, Math.random()])
  if (kind < 6) return Math.random() < 0.7 ? pick(TEXTS) : String.fromCharCode(...bytes())
  if (kind === 6) return Array.from({ length: Math.floor(Math.random() * 4) }, () => randomValue(depth + 1))
  const entries = Array.from({ length: Math.floor(Math.random() * 4) }, () => [
    pick(TEXTS),
    randomValue(depth + 1),
  ])
  return Object.fromEntries(entries)
}

function bytes(): number[] {
  return Array.from({ length: Math.floor(Math.random() * 20) }, () => Math.floor(Math.random() * 0x3000))
}

function pick<Value>(values: readonly Value[]): Value {
  const value = values[Math.floor(Math.random() * values.length)]
  if (value === undefined) throw new TypeError('There is nothing to pick from.')
  return value
}

function residentBytes(pid: number | undefined): number {
  const pages = readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]
  return Number(pages) * 4096
}
