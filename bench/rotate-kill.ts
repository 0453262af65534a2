import { randomBytes } from 'node:crypto'
import { type CombinedRootKeys, combineRootKeys, localRootKeys } from '@opentrade/crypto'
import { openDatabase } from '@opentrade/db'
import { startRotator } from '../apps/server/src/testing/rotator-process.ts'
import { insertSealedRows, noteChanges, openEverything } from '../apps/server/src/testing/sealed-rows.ts'
import { startVaultLoad } from '../apps/server/src/testing/vault-load.ts'
import { readDeploymentId } from '../apps/server/src/vault/deployment-id.ts'
import { openRotation, type RotationKind, readRotation } from '../apps/server/src/vault/rotations.ts'
import { startBenchDatabase } from './database.ts'
import type { Figure } from './measure.ts'

const ROWS = Number(process.env.BENCH_ROWS ?? 100_000)
const USERS = 100
const KILLS = 50
/** Rotators at a time: the next one starts while another works. */
const AT_ONCE = 2
/** Batches that a rotator may do before it is killed: few enough for all kills to find work. */
const BATCH = Math.max(10, Math.floor(ROWS / (KILLS * 8)))

const keysInHex = { r1: randomBytes(32).toString('hex'), r2: randomBytes(32).toString('hex') }

/** Rotations under load whose processes are killed 50 times: every row opens, and each was written once. */
export async function benchRotateKill(): Promise<Figure[]> {
  const bench = await startBenchDatabase()
  const [url, schedulerUrl] = [bench.env.DATABASE_URL ?? '', bench.env.DATABASE_SCHEDULER_URL ?? '']
  const db = openDatabase({ url, schedulerUrl })
  try {
    const deploymentId = await readDeploymentId(db.pool)
    const superuser = bench.database
    const rows = await insertSealedRows({
      ...{ superuser, deploymentId, rootKeys: rootKeysWith('r1') },
      ...{ users: USERS, rowsEach: ROWS / USERS },
    })
    const changes = {
      root: await noteChanges(superuser, { table: 'data_keys', id: 'data_key_id', column: 'wrapped_key' }),
      data: await noteChanges(superuser, { table: 'user_api_keys', id: 'api_key_id', column: 'data_key_id' }),
    }
    const figures: Figure[] = []
    for (const kind of ['root', 'data'] as const) {
      const { rotationId } = await openRotation(db.pool, { kind, onlyUser: null, startedBy: null })
      const load = startVaultLoad({ db, rootKeys: rootKeysWith('r2'), deploymentId, rows })
      const kills = await rotateWithKills({ kind, rotationId, url, schedulerUrl })
      const { openings, failures } = await load.stop()
      const { changed, most } = await changes[kind]()
      const right = await openEverything({ superuser, deploymentId, rootKeys: rootKeysWith('r2') })
      const rotation = await readRotation(db.pool, { rotationId })
      const facts = { kills, openings, failures: failures.length, changed, most, right, done: rotation?.done }
      console.log(`${kind}: ${JSON.stringify(facts)}`)
      const isWhole = failures.length === 0 && most === 1 && changed === ROWS && rotation?.status === 'done'
      figures.push({
        name: `${kind} keys rotated through ${kills} kills, ${openings} openings meanwhile`,
        ...{ unit: 'rows that open', ours: right, floor: ROWS, atMost: false, target: 1 },
        ratio: isWhole ? right / ROWS : 0,
      })
    }
    return figures
  } finally {
    await db.close()
    await bench.stop()
  }
}

function rootKeysWith(current: 'r1' | 'r2'): CombinedRootKeys {
  const keys = new Map(Object.entries(keysInHex).map(([id, hex]) => [id, Buffer.from(hex, 'hex')]))
  return combineRootKeys({ current: localRootKeys({ name: 'env', current, keys }), others: [] })
}

async function rotateWithKills(o: {
  kind: RotationKind
  rotationId: string
  url: string
  schedulerUrl: string
}): Promise<number> {
  const options = { ...o, rootKeys: keysInHex, current: 'r2', batch: BATCH }
  let begun = 0
  let kills = 0
  async function killInTurn(): Promise<void> {
    while (begun < KILLS) {
      begun += 1
      const rotator = await startRotator(options)
      rotator.begin()
      if (await rotator.killAfter(1 + Math.floor(Math.random() * 6))) return
      kills += 1
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, killInTurn))
  const last = await Promise.all(Array.from({ length: AT_ONCE }, () => startRotator(options)))
  for (const rotator of last) rotator.begin()
  await Promise.all(last.map((rotator) => rotator.ended()))
  return kills
}
