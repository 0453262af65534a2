import { hostname } from 'node:os'
import { setTimeout as pause } from 'node:timers/promises'
import { CryptoError, isPassingFault, listRootKeys, promoteRootKey, stageRootKey } from '@opentrade/crypto'
import { inTransaction } from '@opentrade/db'
import { isRetired, readRetiredFileKeys } from './retired-root-keys.ts'
import { FIRST_KEY, type RewrapTarget, rewrapDataKeys, rewrapInstallationKeys } from './rewrap-keys.ts'
import { canRead, readProcesses, readProcessesWithout, type ServerProcess } from './root-key-readers.ts'
import {
  addToRound,
  assertGoesOn,
  incomplete,
  type RotationContext,
  RotationEnded,
  RotationWaits,
  type RoundOutcome,
} from './rotation-context.ts'
import {
  assertOpen,
  finishRotation,
  holdOpen,
  moveTarget,
  noteWork,
  readRotation,
  setTarget,
} from './rotations.ts'
import { currentIsRetired } from './seal-probe.ts'

const READERS_WITHIN_MS = 10_000
const LOOK_EVERY_MS = 50

/**
 * Wraps everything anew with one root key: data keys, signing keys and secrets of the installation. With the
 * provider `file` that root key is made first, and used only when every living process can read it; elsewhere it is
 * the current one of the provider.
 *
 * Readers and writers go on. It may be killed at any point and called again, here or elsewhere, and any number of
 * processes may work at it at a time: each key is wrapped anew once. Returns, too, when another process has brought it
 * to its end, or somebody has abandoned it.
 * @throws RotationWaits when it goes on by itself later, RotationIncomplete when some keys do not open and were left
 * as they were, RotationInterrupted by the signal, and what the provider throws for good
 */
export async function rotateRootKeys(ctx: RotationContext, o: { rotationId: string }): Promise<void> {
  try {
    const target = await findTarget(ctx, o)
    await ctx.publish(o.rotationId)
    await waitForReaders(ctx, target)
    if (target.provider === 'file') await promoteInFile(ctx, target)
    await rewrapEverything(ctx, target)
    await finishRotation(ctx.db.pool, { rotationId: o.rotationId, error: null })
    await ctx.publish(o.rotationId)
  } catch (error) {
    if (error instanceof RotationEnded) return
    if (isPassingFault(error) && error instanceof CryptoError)
      throw new RotationWaits(error.code, error.message, { cause: error })
    throw error
  }
}

/** The root key is named in the database before anything is done with it: from then on it cannot be retired. */
async function findTarget(ctx: RotationContext, o: { rotationId: string }): Promise<RewrapTarget> {
  const { rotationId } = o
  const rotation = await readRotation(ctx.db.pool, { rotationId })
  if (!rotation) throw new Error(`The rotation ${rotationId} is not in the database.`)
  const provider = ctx.rootKeys.name
  const named = rotation.provider === provider ? rotation.rootKeyId : null
  if (named !== null && provider === 'file') return { rotationId, provider, rootKeyId: named }
  const rootKeyId = provider === 'file' ? await chooseFileKey(ctx) : await usableCurrentKey(ctx)
  if (named === null)
    return { rotationId, ...(await setTarget(ctx.db.pool, { rotationId, provider, rootKeyId })) }
  if (named !== rootKeyId) await moveTarget(ctx.db.pool, { rotationId, rootKeyId })
  return { rotationId, provider, rootKeyId }
}

/**
 * One that was staged and never used, by a rotation that was killed or abandoned, is taken before another is made;
 * one that was retired is not.
 */
async function chooseFileKey(ctx: RotationContext): Promise<string> {
  const path = ctx.rootKeyFile
  const keys = await listRootKeys({ path })
  const retired = await readRetiredFileKeys(ctx.db.pool)
  const staged = keys.slice(keys.findIndex(({ current }) => current) + 1).filter(({ id }) => !retired.has(id))
  return staged.at(-1)?.id ?? (await stageRootKey({ path })).id
}

/** @throws RotationWaits when the provider's current root key was retired: nothing may be wrapped by it */
async function usableCurrentKey(ctx: RotationContext): Promise<string> {
  const name = { provider: ctx.rootKeys.name, rootKeyId: await ctx.rootKeys.currentKeyId() }
  if (!(await isRetired(ctx.db.pool, name))) return name.rootKeyId
  const { code, message } = currentIsRetired(name)
  throw new RotationWaits(code, message)
}

async function waitForReaders(ctx: RotationContext, target: RewrapTarget): Promise<void> {
  const deadline = performance.now() + (ctx.readersWithinMs ?? READERS_WITHIN_MS)
  for (;;) {
    assertGoesOn(ctx)
    await assertOpen(ctx.db.pool, target)
    const without = await readProcessesWithout(ctx.db.pool, target)
    const isReadableHere = await canRead(ctx.rootKeys, target)
    if (without.length === 0 && isReadableHere) return
    if (performance.now() > deadline) throw await notReadable(ctx, { target, without, isReadableHere })
    await pause(LOOK_EVERY_MS)
  }
}

async function notReadable(
  ctx: RotationContext,
  o: { target: RewrapTarget; without: ServerProcess[]; isReadableHere: boolean },
): Promise<RotationWaits> {
  const { target, without, isReadableHere } = o
  const living = await readProcesses(ctx.db.pool)
  if (!isReadableHere && without.length >= living.length) {
    return new RotationWaits(
      'ROOT_KEY_GONE',
      `No process can read the root key "${target.rootKeyId}", so this rotation cannot end. Put the root key file that has it back, or abandon the rotation and start another.`,
    )
  }
  const names = without.map(({ host, pid }) => `${host} (process ${pid})`)
  if (names.length === 0) names.push(`${hostname()} (process ${process.pid})`)
  return new RotationWaits(
    'ROOT_KEY_NOT_READABLE_EVERYWHERE',
    `Not every process can read the root key "${target.rootKeyId}" yet: ${names.join(', ')}. Copy the root key to them, and the rotation continues automatically; or abandon it.`,
  )
}

/**
 * The file is changed while the database keeps the rotation open, so that what becomes current is not retired. A kill
 * in between leaves the file with the root key of a rotation that is still open.
 */
async function promoteInFile(ctx: RotationContext, target: RewrapTarget): Promise<void> {
  await inTransaction(ctx.db.pool, async (client) => {
    await holdOpen(client, target)
    await promoteRootKey({ path: ctx.rootKeyFile, id: target.rootKeyId })
  })
}

async function rewrapEverything(ctx: RotationContext, given: RewrapTarget): Promise<void> {
  let target = given
  for (;;) {
    const before = await countOthers(ctx, target)
    await noteWork(ctx.db.pool, { rotationId: target.rotationId, step: 'wrapping', left: before })
    if (before === 0) return
    const { round, newest } = await rewrapRound(ctx, target)
    if (newest !== null && newest !== target.rootKeyId) {
      // The service has a newer version since, or a part of it that lags behind answered with an older one.
      target = { ...target, rootKeyId: await usableCurrentKey(ctx) }
      await moveTarget(ctx.db.pool, target)
      await pause(LOOK_EVERY_MS)
      continue
    }
    const left = await countOthers(ctx, target)
    if (left > 0 && round.changed === 0) {
      if (left <= round.failed) throw incomplete('key', round)
      // Somebody else holds what is left.
      await pause(LOOK_EVERY_MS)
    }
  }
}

async function rewrapRound(
  ctx: RotationContext,
  target: RewrapTarget,
): Promise<{ round: RoundOutcome; newest: string | null }> {
  const round = await rewrapInstallationKeys(ctx, { target })
  let newest = round.newestRootKeyId
  let after = FIRST_KEY
  for (;;) {
    assertGoesOn(ctx)
    await assertOpen(ctx.db.pool, target)
    const batch = await rewrapDataKeys(ctx, { target, after })
    if (!batch) return { round, newest }
    addToRound(round, batch)
    after = batch.last
    newest = batch.newestRootKeyId ?? newest
    await ctx.publish(target.rotationId)
  }
}

async function countOthers(ctx: RotationContext, target: RewrapTarget): Promise<number> {
  const { rows } = await ctx.db.scheduler.query<{ keys: number }>(
    `SELECT coalesce(sum(keys), 0)::int AS keys FROM count_wrapped_keys()
     WHERE root_key_id <> $2 OR provider <> $1`,
    [target.provider, target.rootKeyId],
  )
  return rows[0]?.keys ?? 0
}
