import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'

const root = new URL('..', import.meta.url)

/** Starts a TypeScript program of the project and waits for the address that it prints. */
export async function startProgram(o: {
  file: string
  env: Record<string, string>
  timeoutSeconds?: number
}): Promise<{ url: string; process: ChildProcess; stop: () => Promise<void> }> {
  const child = spawn(process.execPath, ['--import', 'tsx', o.file], {
    cwd: root,
    env: { ...process.env, ...o.env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const signal = AbortSignal.timeout((o.timeoutSeconds ?? 60) * 1000)
  const url = await firstAddress(child, signal)
  return {
    url,
    process: child,
    async stop() {
      if (child.exitCode !== null) return
      const exited = once(child, 'exit')
      child.kill('SIGTERM')
      await exited
    },
  }
}

async function firstAddress(child: ChildProcess, signal: AbortSignal): Promise<string> {
  if (!child.stdout) throw new Error('The program has no standard output.')
  const stop = () => child.kill('SIGKILL')
  signal.addEventListener('abort', stop)
  try {
    for await (const line of createInterface({ input: child.stdout })) {
      const address = /https?:\/\/[^\s"]+/.exec(line)?.[0]
      if (address) return address
    }
  } finally {
    signal.removeEventListener('abort', stop)
    child.stdout.resume()
  }
  throw new Error('The program ended, or took too long, before it printed an address.')
}
