import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Logger } from 'pino'
import { z } from 'zod'
import { childEnvironment, PROJECT_ROOT } from './env.ts'

const FOLDER = join(PROJECT_ROOT, 'apps/paper')
/** As this server was started: from its bundle, or from its sources. */
const PROGRAM = import.meta.url.endsWith('/dist/main.mjs')
  ? ['dist/main.mjs']
  : ['--import', 'tsx', 'src/main.ts']
const READY_WITHIN_MS = 20_000
const RESTART_FIRST_MS = 500
const RESTART_AT_MOST_MS = 30_000
/** A child that lived so long was well: the next failure counts as the first. */
const WELL_AFTER_MS = 60_000
/** Request weight a minute. Every user comes from this server's one address, for which Binance's 6,000 is too few. */
const WEIGHT_LIMIT = 1_000_000

const Ready = z.object({ type: z.literal('ready'), url: z.url() })

interface Options {
  databaseUrl: string
  adminToken: string
  /** Variables of its environment besides those that it needs from us. */
  settings?: Record<string, string>
  log: Logger
  /** Called each time it answers: after a restart perhaps elsewhere. */
  onReady: (url: string) => Promise<void>
}

/** The paper exchange that runs beside the server. */
export interface OwnPaper {
  /** Fulfilled when it answers, or has failed to in time: the log says why then, and it is tried on. */
  ready: Promise<void>
  stop: () => Promise<void>
}

/**
 * Starts the paper exchange as a process of its own and starts it again whenever it dies.
 * It ends with this process, however that ends: the channel between them closes.
 */
export function startOwnPaper(o: Options): OwnPaper {
  let stopping = false
  let child: ChildProcess | null = null
  let timer: NodeJS.Timeout | null = null
  // The first one that is free is kept, so that a restart does not move it.
  let port = 0

  function launch(waitMs: number, onFirst: () => void): void {
    const startedAt = performance.now()
    const launched = spawnPaper({ ...o, port })
    child = launched
    launched.on('message', (message) => {
      const ready = Ready.safeParse(message)
      if (!ready.success) return
      port = Number(new URL(ready.data.url).port)
      void o
        .onReady(ready.data.url)
        .catch((error: unknown) => o.log.error({ err: error }, 'The paper exchange could not be connected'))
        .then(onFirst)
    })
    launched.once('exit', (code) => {
      if (child === launched) child = null
      if (stopping) return
      const nextMs = performance.now() - startedAt > WELL_AFTER_MS ? RESTART_FIRST_MS : waitMs
      o.log.error({ code, againInMs: nextMs }, 'The paper exchange ended and is started again')
      timer = setTimeout(() => launch(Math.min(nextMs * 2, RESTART_AT_MOST_MS), onFirst), nextMs)
    })
    launched.once('error', (error) => o.log.error({ err: error }, 'The paper exchange could not be started'))
  }

  const ready = new Promise<void>((resolve) => {
    const late = setTimeout(() => {
      o.log.error('The paper exchange does not answer yet')
      resolve()
    }, READY_WITHIN_MS)
    launch(RESTART_FIRST_MS, () => {
      clearTimeout(late)
      resolve()
    })
  })

  return {
    ready,
    async stop() {
      stopping = true
      if (timer) clearTimeout(timer)
      const last = child
      if (!last) return
      // Not 'close': Node does not emit it for a child whose channel was closed from this side.
      const exited = once(last, 'exit')
      if (last.connected) last.disconnect()
      await exited
    },
  }
}

/** In a process group of its own: a Ctrl-C ends it through us, after the jobs that use it. */
function spawnPaper(o: Options & { port: number }): ChildProcess {
  const child = spawn(process.execPath, PROGRAM, {
    cwd: FOLDER,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    env: {
      ...childEnvironment(),
      DATABASE_URL: o.databaseUrl,
      PAPER_WEIGHT_LIMIT: String(WEIGHT_LIMIT),
      ...o.settings,
      ...(o.port > 0 && { PAPER_PORT: String(o.port) }),
      PAPER_ADMIN_TOKEN: o.adminToken,
    },
  })
  for (const stream of [child.stdout, child.stderr]) {
    if (stream) createInterface({ input: stream }).on('line', (line) => o.log.debug({ line }, 'paper'))
  }
  return child
}
