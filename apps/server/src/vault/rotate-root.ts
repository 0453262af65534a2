import { setTimeout as pause } from 'node:timers/promises'
import { CryptoError, isPassingFault, listRootKeys, promoteRootKey, stageRootKey } from '@opentrade/crypto'
import { FIRST_KEY, type RewrapTarget, rewrapDataKeys, rewrapInstallationKeys } from './rewrap-keys.ts'
import { readProcessesWithout } from './root-key-readers.ts'
import {
  addToRound,
  assertGoesOn,
  incomplete,
  type RotationContext,
  RotationWaits,
  type RoundOutcome,
} from './rotation-context.ts'
import { finishRotation, moveTarget, noteWork, readRotation, setTarget } from './rotations.ts'

const READERS_WITHIN_MS = 10_000
const LOOK_EVERY_MS = 50

/**
 * Wraps everything anew with one root key: data keys, signing keys and secrets of the installation. With the
 * provider `file` that root key is made first, and used only when every living process can read it; elsewhere it is
 * the current one of the provider.
 *
 * Readers and writers go on. It may be killed at any point and called again, here or elsewhere, and any number of
 * processes may work at it at a time: each key is wrapped anew once.
 * @throws RotationWaits when it goes on by itself later, RotationIncomplete when some keys do not open and were left
 * as they were, RotationInterrupted by the signal, and what the provider throws for good
 */
export async function rotateRootKeys(ctx: RotationContext, o: { rotationId: string }): Promise<void> {
  try {
    const target = await findTarget(ctx, o)
    await ctx.publish(o.rotationId)
    await waitForReaders(ctx, target)
    if (target.provider === 'file') await promoteRootKey({ path: ctx.rootKeyFile, id: target.rootKeyId })
    await rewrapEverything(ctx, target)
    await finishRotation(ctx.db.pool, { rotationId: o.rotationId, error: null })
    await ctx.publish(o.rotationId)
  } catch (error) {
    if (isPassingFault(error) && error instanceof CryptoError)
      throw new RotationWaits(error.code, error.message, { cause: error })
    throw error
  }
}

async function findTarget(ctx: RotationContext, o: { rotationId: string }): Promise<RewrapTarget> {
  const { rotationId } = o
  const rotation = await readRotation(ctx.db.pool, { rotationId })
  if (!rotation) throw new Error(`The rotation ${rotationId} is not in the database.`)
  const { provider, rootKeyId } = rotation
  if (provider !== null && rootKeyId !== null && provider === ctx.rootKeys.name)
    return { rotationId, provider, rootKeyId }
  const chosen = { provider: ctx.rootKeys.name, rootKeyId: await chooseRootKey(ctx) }
  return { rotationId, ...(await setTarget(ctx.db.pool, { rotationId, ...chosen })) }
}

/** One that was staged and never used, by a rotation that was killed, is taken before another is made. */
async function chooseRootKey(ctx: RotationContext): Promise<string> {
  if (ctx.rootKeys.name !== 'file') return ctx.rootKeys.currentKeyId()
  const path = ctx.rootKeyFile
  const keys = await listRootKeys({ path })
  const staged = keys.slice(keys.findIndex(({ current }) => current) + 1).at(-1)
  return staged?.id ?? (await stageRootKey({ path })).id
}

async function waitForReaders(ctx: RotationContext, target: RewrapTarget): Promise<void> {
  const deadline = performance.now() + READERS_WITHIN_MS
  for (;;) {
    assertGoesOn(ctx)
    const without = await readProcessesWithout(ctx.db.pool, target)
    if (without.length === 0) return
    if (performance.now() > deadline) {
      const names = without.map(({ host, pid }) => `${host} (process ${pid})`).join(', ')
      throw new RotationWaits(
        'ROOT_KEY_NOT_READABLE_EVERYWHERE',
        `Not every process can read the root key "${target.rootKeyId}" yet: ${names}. Give it to them; the rotation goes on by itself.`,
      )
    }
    await pause(LOOK_EVERY_MS)
  }
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
      target = { ...target, rootKeyId: await ctx.rootKeys.currentKeyId() }
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
