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
  const command = process.platform === 'win32' ? 'npx.cmd' : 'npx'
  const child = spawn(command, ['--yes', packageManager, ...args], {
    cwd: root,
    stdio: 'inherit',
    shell: process.platform === 'win32',
  })
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('exit', (code, signal) => resolve(code ?? (signal ? 1 : 0)))
  })
}
