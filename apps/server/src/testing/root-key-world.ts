import { readFile, rm, writeFile } from 'node:fs/promises'
import { type CombinedRootKeys, combineRootKeys, listRootKeys, openRootKeyFile } from '@opentrade/crypto'
import { type Database, uuidv7 } from '@opentrade/db'
import { abandonRotation } from '../admin/abandon-rotation.ts'
import { retireRootKey } from '../admin/retire-root-key.ts'
import { rotateRoot } from '../admin/rotations.ts'
import type { Services, UserContext } from '../context.ts'
import { ServiceError } from '../errors.ts'
import { createVault } from '../vault/create-vault.ts'
import { reportProcess } from '../vault/root-key-readers.ts'
import { rotationContextOf, workAtRotation } from '../vault/rotate-keys.job.ts'
import { readRotations, type StoredRotation } from '../vault/rotations.ts'
import { createSealProbe } from '../vault/seal-probe.ts'
import { type LivingProcess, startLivingProcess } from './living-process.ts'
import { Killed, mortalDatabase } from './mortal-database.ts'
import { insertSealedRows, openEverything } from './sealed-rows.ts'

/** What can happen to the root keys of an installation, in whatever order. */
export const ACTS = [
  'rotate',
  'work',
  'abandon',
  'retire the newest',
  'retire the oldest',
  'retire the target',
  'put an older file back',
  'meet a process that cannot read new keys',
  'lose that process',
] as const
export type Act = (typeof ACTS)[number]

/** One thing that happens, and the step of it at which its process is killed, if it is. */
export interface Happening {
  act: Act
  killAt: number | null
}

const ROWS = 3

/** Everything that knows of root keys, and what is sealed. */
const TABLES = [
  ...['rotations', 'retired_root_keys', 'server_processes', 'user_api_keys', 'data_keys', 'signing_keys'],
  'deployment_secrets',
]

/** An installation with the provider `file`, on which everything that can happen to root keys is tried. */
export interface RootKeyWorld {
  /** Begins anew: one root key, some sealed rows, no rotation. */
  reset: () => Promise<void>
  /** Returns whether its process was killed before it came to its end. */
  happen: (o: Happening) => Promise<boolean>
  /** What is wrong, in words; none when every rule holds. Looks as a process does that has just been started. */
  faults: () => Promise<string[]>
  /** What keeps the world from coming to a good end: open rotations end or are abandoned, and another one ends well. */
  faultsOfTheEnd: () => Promise<string[]>
}

/** A process of the installation. */
interface Process {
  services: Services
  ctx: UserContext
  database: ReturnType<typeof mortalDatabase>
  report: () => Promise<void>
}

/**
 * @param o.services of an installation with a migrated database and nobody else at work
 * @param o.superuser of that database
 * @param o.path where the root key file is made
 */
export function createRootKeyWorld(o: {
  services: Services
  superuser: Database
  path: string
}): RootKeyWorld {
  const { superuser, path } = o
  const { deploymentId } = o.services
  let userId = ''
  /** What the root key file was before each change, the newest last. */
  let past: string[] = []
  /** A process that cannot read new keys. */
  let blind: LivingProcess | null = null

  async function start(): Promise<Process> {
    const file = await openRootKeyFile({ path, create: false })
    const rootKeys = combineRootKeys({ current: file, others: [] })
    const database = mortalDatabase(o.services.db)
    const { db } = database
    const { log } = o.services
    const sealing = createSealProbe({ db, rootKeys, deploymentId, log })
    const processId = uuidv7()
    const report = async () => {
      await sealing.look()
      await reportProcess({ db, rootKeys, rootKeyFile: path, sealing, processId, role: 'all', log })
    }
    const services: Services = {
      ...o.services,
      ...{ db, rootKeys, sealing, processId },
      env: { ...o.services.env, rootKeyFile: path },
      jobs: { add: async () => undefined },
      // Every living process hears of it, and this is the only one.
      events: { ...o.services.events, publish: report },
    }
    const actor = { userId, role: 'admin', name: 'job:test', sessionId: null, ip: null } as const
    return { services, ctx: { services, actor }, database, report }
  }

  async function restart(): Promise<Process> {
    // The one before is gone for longer than it takes to be forgotten.
    await superuser.pool.query("DELETE FROM server_processes WHERE host <> 'elsewhere'")
    const started = await start()
    await started.report()
    return started
  }

  async function open(): Promise<StoredRotation | undefined> {
    const rotations = await readRotations(superuser.pool, { limit: 50 })
    return rotations.find(({ finishedAt }) => finishedAt === null)
  }

  async function work({ services }: Process): Promise<void> {
    const rotation = await open()
    if (!rotation) return
    const { rotationId } = rotation
    const ctx = { ...rotationContextOf({ services }), readersWithinMs: 0, batch: 2 }
    await workAtRotation({ services, ctx, rotationId, log: services.log })
  }

  async function retire({ ctx }: Process, rootKeyId: string | undefined): Promise<void> {
    if (rootKeyId !== undefined) await retireRootKey({ ctx, input: { provider: 'file', rootKeyId } })
  }

  async function putOlderFileBack(): Promise<void> {
    const older = past.at(-2)
    if (older === undefined) return
    const now = await readFile(path, 'utf8')
    await writeFile(path, older)
    const kept = (await listRootKeys({ path })).map(({ id }) => id)
    const { rows } = await superuser.pool.query<{ id: string }>(
      'SELECT DISTINCT root_key_id AS id FROM data_keys',
    )
    // Without a key that wraps something it would be a loss, which no rule can mend.
    if (rows.some(({ id }) => !kept.includes(id))) await writeFile(path, now)
  }

  const acts: Record<Act, (process: Process) => Promise<unknown>> = {
    rotate: ({ ctx }) => rotateRoot({ ctx }),
    work,
    abandon: async ({ ctx }) => {
      const [newest] = await readRotations(superuser.pool, { limit: 1 })
      if (newest) await abandonRotation({ ctx, input: { rotationId: newest.rotationId } })
    },
    'retire the newest': async (process) => retire(process, (await listRootKeys({ path })).at(-1)?.id),
    'retire the oldest': async (process) => retire(process, (await listRootKeys({ path })).at(0)?.id),
    'retire the target': async (process) => {
      const [newest] = await readRotations(superuser.pool, { limit: 1 })
      await retire(process, newest?.rootKeyId ?? undefined)
    },
    'put an older file back': putOlderFileBack,
    async 'meet a process that cannot read new keys'() {
      blind ??= await startLivingProcess(superuser.pool)
    },
    'lose that process': loseBlind,
  }

  async function loseBlind(): Promise<void> {
    await blind?.end()
    blind = null
  }

  async function noteFile(): Promise<void> {
    const text = await readFile(path, 'utf8')
    if (text !== past.at(-1)) past.push(text)
  }

  return {
    async reset() {
      await loseBlind()
      for (const table of TABLES) await superuser.pool.query(`DELETE FROM ${table}`)
      await rm(path, { force: true })
      past = []
      const rootKeys: CombinedRootKeys = combineRootKeys({
        current: await openRootKeyFile({ path, create: true }),
        others: [],
      })
      const [row] = await insertSealedRows({ superuser, rootKeys, deploymentId, users: 1, rowsEach: ROWS })
      userId = row?.userId ?? ''
      await noteFile()
    },

    async happen({ act, killAt }) {
      const process = await restart()
      process.database.killAt(killAt ?? Number.POSITIVE_INFINITY)
      let killed = false
      try {
        await acts[act](process)
      } catch (error) {
        killed = error instanceof Killed
        // What is refused is as good as what is done: the rules hold all the same.
        if (!killed && !(error instanceof ServiceError)) throw error
      }
      await noteFile()
      return killed
    },

    async faults() {
      const { services } = await restart()
      return [
        ...(await faultsOfSealing(services, { userId, superuser })),
        ...(await faultsOfOpening(services, superuser)),
        ...(await faultsOfStates(superuser)),
      ]
    },

    async faultsOfTheEnd() {
      const process = await restart()
      await acts['lose that process'](process)
      await work(process)
      const left = await open()
      if (left) await abandonRotation({ ctx: process.ctx, input: { rotationId: left.rotationId } })
      if (await open()) return ['A rotation could neither end nor be abandoned.']
      await rotateRoot({ ctx: process.ctx })
      await work(process)
      const [last] = await readRotations(superuser.pool, { limit: 1 })
      if (last?.status !== 'done') return [`Another rotation is ${last?.status}: ${last?.error?.message}`]
      for (const { id, current } of await listRootKeys({ path })) if (!current) await retire(process, id)
      const kept = await listRootKeys({ path })
      if (kept.length !== 1) return [`${kept.length} root keys are left in the file.`]
      return faultsOfOpening(process.services, superuser)
    },
  }
}

async function faultsOfSealing(
  services: Services,
  { userId, superuser }: { userId: string; superuser: Database },
): Promise<string[]> {
  const { problem } = await services.sealing.look()
  if (problem) return [`Nothing can be sealed: ${problem.message}`]
  const vault = createVault(services)
  const row = { table: 'user_api_keys', rowId: uuidv7(), userId, exchangeId: 'paper', secretVersion: 1 }
  try {
    const { dataKeyId } = await vault.seal({ row, fields: { api_key_encrypted: 'text' } })
    await superuser.pool.query('DELETE FROM data_keys WHERE data_key_id = $1', [dataKeyId])
    return []
  } catch (error) {
    return [`Nothing can be sealed: ${error}`]
  } finally {
    vault.close()
  }
}

async function faultsOfOpening({ rootKeys, deploymentId }: Services, superuser: Database): Promise<string[]> {
  try {
    const opened = await openEverything({ superuser, rootKeys, deploymentId })
    return opened === ROWS ? [] : [`${opened} of ${ROWS} rows open.`]
  } catch (error) {
    return [`What was sealed does not open: ${error}`]
  }
}

async function faultsOfStates({ pool }: Database): Promise<string[]> {
  const { rows } = await pool.query<{ fault: string }>(
    `SELECT format('An open rotation names the retired root key %s.', r.root_key_id) AS fault
     FROM rotations r JOIN retired_root_keys k USING (provider, root_key_id) WHERE r.finished_at IS NULL
     UNION ALL
     SELECT 'Several rotations are open.' FROM rotations WHERE finished_at IS NULL HAVING count(*) > 1
     UNION ALL
     SELECT format('The retired root key %s wraps something.', k.root_key_id)
     FROM retired_root_keys k JOIN data_keys d USING (provider, root_key_id)
     UNION ALL
     SELECT format('A process wraps with the retired root key %s.', k.root_key_id)
     FROM retired_root_keys k JOIN server_processes p ON p.current_root_key = k.provider || ':' || k.root_key_id`,
  )
  return rows.map(({ fault }) => fault)
}
