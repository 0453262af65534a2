import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

/**
 * Returns what tells a process from a later one with the same id (its start time, and the boot it started
 * in), '' where the system does not tell, or null when no such process lives.
 */
export function processIdentity(pid: number): string | null {
  if (!isAlive(pid)) return null
  if (process.platform === 'linux') return linuxIdentity(pid)
  if (process.platform === 'win32') return ''
  const { status, stdout } = spawnSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' })
  return status === 0 ? stdout.trim() : null
}

/** Whether a process with this id exists and has not ended. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

function linuxIdentity(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The name stands in parentheses and may hold anything; the state is the first field behind it, the
    // start time the twentieth (proc(5), fields 3 and 22).
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    // A zombie has ended; its parent has not looked yet.
    if (fields[0] === 'Z') return null
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
    return `${boot} ${fields[19] ?? ''}`
  } catch {
    // It ended in between.
    return null
  }
}
