import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../testing.ts'
import { arrayLiteral, timeArrayLiteral } from './array-literal.ts'

let db: TestDatabase

beforeAll(async () => {
  db = await createTestDatabase()
})
afterAll(() => db.drop())

async function readBack(literal: string, type: string): Promise<unknown> {
  const { rows } = await db.pool.query(`SELECT $1::${type}[] AS value`, [literal])
  return rows[0]?.value
}

test('PostgreSQL reads every list of texts as it was written', async () => {
  // PostgreSQL has no NUL in a text, and no half of a surrogate pair.
  const text = fc.string({ unit: 'grapheme' }).map((value) => value.replaceAll('\0', ''))
  const awkward = fc.constantFrom('', 'NULL', 'null', '{}', 'a,b', '"', '\\', '\\"', ' a ', '\n', "'")
  await fc.assert(
    fc.asyncProperty(fc.array(fc.option(fc.oneof(text, awkward))), async (values) => {
      expect(await readBack(arrayLiteral(values), 'text')).toEqual(values)
    }),
    { numRuns: 200 },
  )
})

test('PostgreSQL reads every list of times as it was written', async () => {
  const shared = new Date('2026-01-02T03:04:05.678Z')
  const values = [shared, null, shared, new Date(0)]
  expect(await readBack(timeArrayLiteral(values), 'timestamptz')).toEqual(values)
})
