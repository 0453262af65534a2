import { randomBytes } from 'node:crypto'
import { type CombinedRootKeys, combineRootKeys, localRootKeys } from '@opentrade/crypto'
import { createTestDatabase, type TestDatabase } from '@opentrade/db/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startRotator } from '../testing/rotator-process.ts'
import { insertSealedRows, type KnownRow, noteChanges, openEverything } from '../testing/sealed-rows.ts'
import { startVaultLoad } from '../testing/vault-load.ts'
import { readDeploymentId } from './deployment-id.ts'
import { openRotation, type RotationKind, readRotation } from './rotations.ts'

const ROWS = 2_000
const USERS = 20
const KILLS = 10
/** Rotators at a time: the next are starting while one is killed. */
const AT_ONCE = 2
/** Small, so that a kill finds work under way. */
const BATCH = 20

const rootKeyBytes = { r1: randomBytes(32).toString('hex'), r2: randomBytes(32).toString('hex') }

let database: TestDatabase
let deploymentId: string
let rows: KnownRow[]

beforeAll(async () => {
  database = await createTestDatabase()
  deploymentId = await readDeploymentId(database.pool)
  const { superuser } = database
  rows = await insertSealedRows({
    ...{ superuser, deploymentId, rootKeys: rootKeysWith('r1') },
    ...{ users: USERS, rowsEach: ROWS / USERS },
  })
})
afterAll(() => database.drop())

function rootKeysWith(current: 'r1' | 'r2'): CombinedRootKeys {
  const keys = new Map(Object.entries(rootKeyBytes).map(([id, hex]) => [id, Buffer.from(hex, 'hex')]))
  return combineRootKeys({ current: localRootKeys({ name: 'env', current, keys }), others: [] })
}

/** Has rotators begin and be killed, again and again; the last ones may finish. Returns how many were killed. */
async function rotateWithKills(o: { kind: RotationKind; rotationId: string }): Promise<number> {
  const { app: url, scheduler: schedulerUrl } = database.roleUrls
  const options = { ...o, url, schedulerUrl, rootKeys: rootKeyBytes, current: 'r2', batch: BATCH }
  let kills = 0
  const killInTurn = async () => {
    while (kills < KILLS) {
      kills += 1
      const rotator = await startRotator(options)
      rotator.begin()
      const isDone = await rotator.killAfter(1 + Math.floor(Math.random() * 5))
      if (isDone) kills -= 1
      if (isDone) return
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, killInTurn))
  const last = await Promise.all(Array.from({ length: AT_ONCE }, () => startRotator(options)))
  for (const rotator of last) rotator.begin()
  await Promise.all(last.map((rotator) => rotator.ended()))
  return kills
}

describe('a rotation whose processes are killed', () => {
  it.each([
    {
      kind: 'root' as const,
      changes: { table: 'data_keys', id: 'data_key_id', column: 'wrapped_key' } as const,
    },
    {
      kind: 'data' as const,
      changes: { table: 'user_api_keys', id: 'api_key_id', column: 'data_key_id' } as const,
    },
  ])(
    'loses nothing and does nothing twice, under load: $kind keys',
    { timeout: 120_000 },
    async ({ kind, changes }) => {
      const readChanges = await noteChanges(database.superuser, changes)
      const { rotationId } = await openRotation(database.pool, { kind, onlyUser: null, startedBy: null })
      const load = startVaultLoad({ db: database, rootKeys: rootKeysWith('r2'), deploymentId, rows })
      const kills = await rotateWithKills({ kind, rotationId })
      const { openings, failures } = await load.stop()

      expect(kills).toBe(KILLS)
      expect(failures).toEqual([])
      expect(openings).toBeGreaterThan(20)
      const rotation = await readRotation(database.pool, { rotationId })
      expect(rotation).toMatchObject({ status: 'done', done: ROWS, total: ROWS })
      expect(await readChanges()).toEqual({ changed: ROWS, most: 1 })
      const rootKeys = rootKeysWith('r2')
      expect(await openEverything({ superuser: database.superuser, rootKeys, deploymentId })).toBe(ROWS)
    },
  )
})
