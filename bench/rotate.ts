import { createCipheriv, createDecipheriv, createSecretKey, hkdfSync, randomBytes } from 'node:crypto'
import { combineRootKeys, localRootKeys } from '@opentrade/crypto'
import { openDatabase } from '@opentrade/db'
import { insertSealedRows } from '../apps/server/src/testing/sealed-rows.ts'
import { readDeploymentId } from '../apps/server/src/vault/deployment-id.ts'
import { rotateDataKeys } from '../apps/server/src/vault/rotate-data.ts'
import { rotateRootKeys } from '../apps/server/src/vault/rotate-root.ts'
import type { RotationContext } from '../apps/server/src/vault/rotation-context.ts'
import { openRotation, type RotationKind } from '../apps/server/src/vault/rotations.ts'
import { startBenchDatabase } from './database.ts'
import type { Figure } from './measure.ts'

const ROWS = Number(process.env.BENCH_ROWS ?? 100_000)
const OPTIONS = { authTagLength: 16 }

/** Sealing stored secrets anew and wrapping data keys anew, against bare node:crypto doing the same. */
export async function benchRotate(): Promise<Figure[]> {
  const bench = await startBenchDatabase()
  const db = openDatabase({
    url: bench.env.DATABASE_URL ?? '',
    schedulerUrl: bench.env.DATABASE_SCHEDULER_URL ?? '',
  })
  try {
    const deploymentId = await readDeploymentId(db.pool)
    const keys = new Map(['r1', 'r2'].map((id) => [id, new Uint8Array(randomBytes(32))]))
    const before = combineRootKeys({
      current: localRootKeys({ name: 'env', current: 'r1', keys }),
      others: [],
    })
    const rootKeys = combineRootKeys({
      current: localRootKeys({ name: 'env', current: 'r2', keys }),
      others: [],
    })
    const ctx: RotationContext = {
      db,
      rootKeys: before,
      deploymentId,
      rootKeyFile: '',
      publish: async () => undefined,
    }
    await insertSealedRows({
      ...{ superuser: bench.database, rootKeys: before, deploymentId },
      ...{ users: 1, rowsEach: ROWS },
    })
    const ours = {
      data: await timeRotation(ctx, 'data'),
      root: await timeRotation({ ...ctx, rootKeys }, 'root'),
    }
    return [
      figure({ name: `seal ${ROWS} rows anew`, ours: ours.data, floor: floorRate(resealBare) }),
      figure({
        name: `wrap their data keys anew`,
        ours: ours.root,
        floor: floorRate(rewrapBare),
        // No goal was set for it; below this something is wrong.
        target: 0.05,
      }),
    ]
  } finally {
    await db.close()
    await bench.stop()
  }
}

/** Rows per second. */
async function timeRotation(ctx: RotationContext, kind: RotationKind): Promise<number> {
  const { pool } = ctx.db
  const { rotationId } = await openRotation(pool, { kind, onlyUser: null, startedBy: null })
  const start = performance.now()
  await (kind === 'data' ? rotateDataKeys : rotateRootKeys)(ctx, { rotationId })
  return ROWS / ((performance.now() - start) / 1000)
}

function figure(o: { name: string; ours: number; floor: number; target?: number }): Figure {
  return { unit: 'rows/s', ratio: o.ours / o.floor, target: 0.3, atMost: false, ...o }
}

function floorRate(work: () => void): number {
  for (let warm = 0; warm < 2_000; warm += 1) work()
  const count = 30_000
  const start = performance.now()
  for (let row = 0; row < count; row += 1) work()
  return count / ((performance.now() - start) / 1000)
}

const rootKey = createSecretKey(randomBytes(32))
const aad = randomBytes(200)
const salt = randomBytes(16)
const secret = randomBytes(64)
const sealedKey = bareSeal(rootKey, randomBytes(32))
const fieldKey = bareKey(randomBytes(32))
const sealedField = bareSeal(fieldKey, secret)

/** One row: its data key is unwrapped and a new one wrapped, and its two fields are opened and sealed. */
function resealBare(): void {
  bareKey(bareOpen(rootKey, sealedKey))
  const made = randomBytes(32)
  bareSeal(rootKey, made)
  const newKey = bareKey(made)
  for (let field = 0; field < 2; field += 1) {
    bareOpen(fieldKey, sealedField)
    bareSeal(newKey, secret)
  }
}

function rewrapBare(): void {
  bareSeal(rootKey, bareOpen(rootKey, sealedKey))
}

/** A data key's encryption key and commitment. */
function bareKey(key: Uint8Array): ReturnType<typeof createSecretKey> {
  return createSecretKey(new Uint8Array(hkdfSync('sha512', key, salt, 'bench', 64)).subarray(0, 32))
}

function bareSeal(key: ReturnType<typeof createSecretKey>, plaintext: Uint8Array): Buffer {
  const nonce = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', key, nonce, OPTIONS)
  cipher.setAAD(aad)
  return Buffer.concat([nonce, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()])
}

function bareOpen(key: ReturnType<typeof createSecretKey>, sealed: Buffer): Buffer {
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, 12), OPTIONS)
  decipher.setAAD(aad)
  decipher.setAuthTag(sealed.subarray(-16))
  return Buffer.concat([decipher.update(sealed.subarray(12, -16)), decipher.final()])
}
