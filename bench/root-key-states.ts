import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { combineRootKeys, openRootKeyFile } from '@opentrade/crypto'
import { openDatabase } from '@opentrade/db'
import { readEnv } from '../apps/server/src/env.ts'
import { prepareJobQueue } from '../apps/server/src/job-queue.ts'
import { createLog } from '../apps/server/src/log.ts'
import { openServices } from '../apps/server/src/services.ts'
import {
  ACTS,
  type Act,
  createRootKeyWorld,
  type Happening,
  type RootKeyWorld,
} from '../apps/server/src/testing/root-key-world.ts'
import { startBenchDatabase } from './database.ts'
import type { Figure } from './measure.ts'

const LIVES = Number(process.env.BENCH_LIVES ?? 300)
const HAPPENINGS = 10
const MAX_STEPS = 120

/** Each act, killed at each of its steps, in the states from which it does most. */
const KILLED: { before: Act[]; act: Act }[] = [
  { before: [], act: 'rotate' },
  { before: ['rotate'], act: 'work' },
  { before: ['rotate', 'work'], act: 'retire the oldest' },
  { before: ['meet a process that cannot read new keys', 'rotate', 'work'], act: 'abandon' },
  { before: ['rotate', 'work', 'put an older file back'], act: 'rotate' },
]

/** What can happen to root keys, in any order and killed at any step: something can be sealed, and all opens. */
export async function benchRootKeyStates(): Promise<Figure[]> {
  const bench = await startBenchDatabase()
  const home = mkdtempSync(join(tmpdir(), 'opentrade-bench-states-'))
  const path = join(home, 'root-key.json')
  const [url, schedulerUrl] = [bench.env.DATABASE_URL ?? '', bench.env.DATABASE_SCHEDULER_URL ?? '']
  const db = openDatabase({ url, schedulerUrl })
  try {
    const log = createLog({ level: 'silent', stream: process.stderr })
    const env = readEnv({ OPENTRADE_HOME: home, PAPER_URL: 'off' })
    await prepareJobQueue({ url: bench.env.DATABASE_OWNER_URL ?? url, log })
    const rootKeys = combineRootKeys({ current: await openRootKeyFile({ path, create: true }), others: [] })
    const opened = await openServices({ env: { ...env, rootKeyFile: path }, log, db, rootKeys })
    // It would report as one more process.
    await opened.close()
    const world = createRootKeyWorld({ services: opened.services, superuser: bench.database, path })
    return [await killEachStep(world), await liveAtRandom(world)]
  } finally {
    await db.close()
    await bench.stop()
    rmSync(home, { recursive: true })
  }
}

async function killEachStep(world: RootKeyWorld): Promise<Figure> {
  let [tried, good] = [0, 0]
  for (const { before, act } of KILLED) {
    for (let killAt = 0, killed = true; killed; killAt += 1) {
      await world.reset()
      for (const earlier of before) await world.happen({ act: earlier, killAt: null })
      killed = await world.happen({ act, killAt })
      tried += 1
      if (await isGood(world, `${act} killed at ${killAt}`)) good += 1
    }
  }
  return figure({ name: 'acts on root keys, killed at each step', tried, good })
}

async function liveAtRandom(world: RootKeyWorld): Promise<Figure> {
  let [tried, good] = [0, 0]
  for (let life = 0; life < LIVES; life += 1) {
    await world.reset()
    const happenings = Array.from({ length: HAPPENINGS }, atRandom)
    for (const happening of happenings) await world.happen(happening)
    tried += 1
    if (await isGood(world, JSON.stringify(happenings))) good += 1
  }
  return figure({ name: `lives of root keys with ${HAPPENINGS} acts at random`, tried, good })
}

function atRandom(): Happening {
  const act = ACTS[Math.floor(Math.random() * ACTS.length)] ?? 'rotate'
  return { act, killAt: Math.random() < 0.5 ? Math.floor(Math.random() * MAX_STEPS) : null }
}

async function isGood(world: RootKeyWorld, what: string): Promise<boolean> {
  const faults = [...(await world.faults()), ...(await world.faultsOfTheEnd())]
  if (faults.length > 0) console.log(`${what}: ${faults.join(' ')}`)
  return faults.length === 0
}

function figure(o: { name: string; tried: number; good: number }): Figure {
  const { name, tried, good } = o
  return {
    name,
    unit: 'that end well',
    ours: good,
    floor: tried,
    ratio: good / tried,
    atMost: false,
    target: 1,
  }
}
