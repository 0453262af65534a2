import fc from 'fast-check'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../testing/database.ts'
import { prepareTransaction } from './connect.ts'
import { copyIn, copyOut, createTally } from './copy-rows.ts'
import type { ArchivedTable } from './manifest.ts'

const columns = ['id', 'text', 'short', 'bytes', 'json', 'amount', 'at', 'list', 'uuid', 'flag', 'big']
const source: ArchivedTable = { schema: 'public', name: 'Source "table"', columns, partitions: [] }
const copy: ArchivedTable = { ...source, name: 'copy' }

let db: TestDatabase
let client: pg.Client

beforeAll(async () => {
  db = await createTestDatabase()
  client = new pg.Client({ connectionString: db.superuser.url })
  await client.connect()
  await client.query(`
    CREATE TABLE "Source ""table""" (
      id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, text text, short varchar(20), bytes bytea, json jsonb,
      amount numeric(38,18), at timestamptz(3), list text[], uuid uuid, flag boolean, big bigint,
      made text GENERATED ALWAYS AS (upper(short)) STORED);
    CREATE TABLE copy (LIKE "Source ""table""" INCLUDING ALL)`)
})
afterAll(async () => {
  await client.end()
  await db.drop()
})

/** Any text that PostgreSQL stores: it has no NUL. */
const text = fc
  .oneof(
    fc.string({ unit: 'binary', maxLength: 50 }),
    fc.constantFrom('', '\\N', '\\.', '\n', '\r\n', '\t', '"', "'", '\\', 'NULL', '{}', '\u2028', '🦊é'),
  )
  .map((value) => value.replaceAll('\0', ''))
const amount = fc
  .tuple(fc.bigInt({ min: 0n, max: 10n ** 38n - 1n }), fc.boolean())
  .map(([units, negative]) => {
    const digits = units.toString().padStart(19, '0')
    return `${negative ? '-' : ''}${digits.slice(0, -18)}.${digits.slice(-18)}`
  })
const row = fc.record({
  text: fc.option(text),
  short: fc.option(text.map((value) => [...value].slice(0, 20).join(''))),
  bytes: fc.option(fc.uint8Array({ maxLength: 100 }).map((bytes) => Buffer.from(bytes))),
  json: fc.option(fc.jsonValue().map((value) => JSON.stringify(value).replaceAll('\\u0000', ''))),
  amount: fc.option(amount),
  at: fc.option(
    fc.constantFrom('infinity', '-infinity', '1970-01-01T00:00:00.001Z', '0044-03-15 12:00:00+00 BC'),
  ),
  list: fc.option(fc.array(fc.option(text), { maxLength: 4 })),
  uuid: fc.option(fc.uuid()),
  flag: fc.option(fc.boolean()),
  big: fc.option(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String)),
})

test('any row comes back as it was: NULLs, bytes, JSON, numbers, arrays, any text', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(row, { maxLength: 20 }), async (rows) => {
      await client.query('BEGIN')
      try {
        await prepareTransaction(client)
        for (const values of rows) await insert(values)
        const { rows: tallied, parts } = await transfer()
        expect(tallied).toBe(rows.length)
        expect(parts.every((part) => part.at(-1) === 0x0a)).toBe(true)
        const { rows: different } = await client.query(
          `(TABLE "Source ""table""" EXCEPT TABLE copy) UNION ALL (TABLE copy EXCEPT TABLE "Source ""table""")`,
        )
        expect(different).toEqual([])
      } finally {
        await client.query('ROLLBACK')
      }
    }),
    { numRuns: 60 },
  )
})

test('rows that are larger than a part, and more of them, come in parts of whole rows', async () => {
  await client.query('BEGIN')
  await prepareTransaction(client)
  await client.query(`
    INSERT INTO "Source ""table""" (text) SELECT repeat('x', 1_500_000) FROM generate_series(1, 3);
    INSERT INTO "Source ""table""" (text, amount) SELECT repeat(chr(10), n % 100), n FROM generate_series(1, 50_000) AS n`)
  const { rows, parts } = await transfer()
  expect(rows).toBe(50_003)
  expect(parts.length).toBeGreaterThan(5)
  expect(parts.every((part) => part.at(-1) === 0x0a)).toBe(true)
  const { rows: counted } = await client.query(
    'SELECT count(*)::int AS rows, sum(length(text))::int AS length, sum(amount)::int AS amount FROM copy',
  )
  expect(counted).toEqual([{ rows: 50_003, length: 4_500_000 + 500 * 4_950, amount: 1_250_025_000 }])
  await client.query('ROLLBACK')
})

async function insert(values: Record<string, unknown>): Promise<void> {
  const names = Object.keys(values)
  await client.query(
    `INSERT INTO "Source ""table""" (${names.join(', ')}) VALUES (${names.map((_, index) => `$${index + 1}`).join(', ')})`,
    Object.values(values),
  )
}

/** Copies everything from the one table to the other. */
async function transfer(): Promise<{ rows: number; parts: Buffer[] }> {
  const tally = createTally()
  const parts: Buffer[] = []
  let written = 0
  for await (const part of copyOut(client, source)) {
    tally.add(part)
    parts.push(part)
  }
  for (const part of parts) written += await copyIn({ client, table: copy, part })
  expect(written).toBe(tally.result().rows)
  return { rows: written, parts }
}
