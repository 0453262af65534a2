import { spawn } from 'node:child_process'
import { childEnvironment } from '../env.ts'

/**
 * Reads until the pipe from this process closes, which the system does however this process ends, and then
 * stops the server if it is still that one.
 */
const script = `cat >/dev/null
read -r pid <"$2/postmaster.pid" && [ "$pid" = "$1" ] && kill -INT "$1"`

/**
 * Starts a small process that stops PostgreSQL when this one ends, even by SIGKILL. On Windows there is
 * none: the next start stops what was left.
 *
 * @returns a function that sends it away.
 */
export function startWatchdog(o: { pid: number; dataFolder: string }): () => void {
  if (process.platform === 'win32') return () => undefined
  const child = spawn('/bin/sh', ['-c', script, 'opentrade-watchdog', String(o.pid), o.dataFolder], {
    stdio: ['pipe', 'ignore', 'ignore'],
    env: childEnvironment(),
    cwd: '/',
    // Its own process group: Ctrl-C in a terminal is for this process to handle, in its own order.
    detached: true,
  })
  child.on('error', () => undefined)
  child.stdin.on('error', () => undefined)
  child.unref()
  // The pipe is a socket to node, and must not keep this process alive.
  if ('unref' in child.stdin && typeof child.stdin.unref === 'function') child.stdin.unref()
  return () => child.stdin.destroy()
}
