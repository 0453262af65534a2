import { setTimeout as wait } from 'node:timers/promises'
import type { Runner } from 'graphile-worker'
import type { Logger } from 'pino'

const RESTART_AFTER_MS = 1_000

/** Takes jobs from the queue until it is told to stop. */
export interface SupervisedRunner {
  /** False while there is none that takes jobs. */
  alive: () => boolean
  /** Takes no new job and resolves when those that run are done or were cut. */
  stop: () => Promise<void>
}

interface Options {
  start: () => Promise<Runner>
  /** Called after each runner that has ended by itself, before the next one starts. */
  onEnd: () => Promise<void>
  log: Logger
}

/**
 * Keeps a runner going. graphile-worker ends one for good when it cannot tell the queue how a job ended, as when
 * the database restarts at that moment; a new one is started then, as often as it takes.
 * @throws when the first one cannot be started
 */
export async function superviseRunner({ start, onEnd, log }: Options): Promise<SupervisedRunner> {
  let runner: Runner | null = await start()
  let stopping = false
  const stopped = supervise()

  async function supervise(): Promise<void> {
    while (runner) {
      const error = await endOf(runner)
      runner = null
      if (stopping) return
      log.error({ err: error }, 'The worker ended by itself')
      runner = await restart()
      if (stopping) await endCleanly(runner)
    }
  }

  async function restart(): Promise<Runner | null> {
    while (!stopping) {
      await wait(RESTART_AFTER_MS, undefined, { ref: false })
      try {
        await onEnd()
        return await start()
      } catch (error) {
        log.warn({ err: error }, 'The worker could not be started; it is tried again')
      }
    }
    return null
  }

  return {
    alive: () => runner !== null,
    async stop() {
      stopping = true
      await endCleanly(runner)
      await stopped
    },
  }
}

/** @returns the reason when it did not end well */
function endOf(runner: Runner): Promise<unknown> {
  return runner.promise.then(
    () => undefined,
    (error: unknown) => error,
  )
}

async function endCleanly(runner: Runner | null): Promise<void> {
  // It rejects when jobs had to be cut: those are released and run again.
  await runner?.stop().catch(() => undefined)
}
