import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'

const root = new URL('..', import.meta.url)
const { packageManager } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8'))

/**
 * Runs the pinned pnpm in the project's root with our own terminal.
 * Ctrl-C reaches the child through the terminal's process group; we only wait for it.
 * @param {string[]} args
 * @returns {Promise<number>} the exit code
 */
export function spawnPnpm(args) {
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => {})
  const child = launch(args, 'inherit')
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('exit', (code, signal) => resolve(code ?? (signal ? 1 : 0)))
  })
}

/**
 * The same without a word on the terminal: what it says is kept, to be shown when it fails.
 * @param {string[]} args
 * @returns {Promise<{ code: number, output: string }>}
 */
export function runPnpmQuietly(args) {
  const child = launch(args, ['ignore', 'pipe', 'pipe'])
  const parts = []
  child.stdout.on('data', (part) => parts.push(part))
  child.stderr.on('data', (part) => parts.push(part))
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => resolve({ code: code ?? 1, output: Buffer.concat(parts).toString() }))
  })
}

function launch(args, stdio) {
  const command = process.platform === 'win32' ? 'npx.cmd' : 'npx'
  return spawn(command, ['--yes', packageManager, ...args], {
    cwd: root,
    stdio,
    shell: process.platform === 'win32',
    env: { ...process.env, TURBO_TELEMETRY_DISABLED: '1', DO_NOT_TRACK: '1' },
  })
}
