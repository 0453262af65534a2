import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { RotatorOptions } from './rotator.ts'

const PROGRAM = fileURLToPath(new URL('./rotator.ts', import.meta.url))

/** A rotator in a process of its own, ready to begin. */
export interface RotatorProcess {
  begin: () => void
  /** Kills it after so many batches; resolves when it is gone, to whether it had come to the end before. */
  killAfter: (batches: number) => Promise<boolean>
  /** Resolves when it has come to the end by itself. */
  ended: () => Promise<void>
}

/** Starts a rotator that waits for `begin`. */
export async function startRotator(options: RotatorOptions): Promise<RotatorProcess> {
  const child = spawn(process.execPath, ['--import', 'tsx', PROGRAM, JSON.stringify(options)], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  const exited = once(child, 'exit')
  await Promise.race([
    once(child, 'message'),
    exited.then(() => Promise.reject(new Error('The rotator did not start.'))),
  ])
  return {
    begin: () => child.send('begin'),
    async killAfter(batches) {
      const isDone = await untilMoved(child, batches)
      child.kill('SIGKILL')
      await exited
      return isDone
    },
    async ended() {
      const [code] = await exited
      if (code !== 0) throw new Error(`The rotator ended with code ${code}.`)
    },
  }
}

function untilMoved(child: ChildProcess, batches: number): Promise<boolean> {
  return new Promise((resolve) => {
    let moved = 0
    child.on('message', (message) => {
      if (message === 'moved') moved += 1
      if (message === 'done') resolve(true)
      else if (moved >= batches) resolve(false)
    })
    child.on('exit', () => resolve(false))
  })
}
