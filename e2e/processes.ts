import { execFileSync } from 'node:child_process'

/** A process of this machine that has not ended; one that waits to be reaped has. */
export interface SystemProcess {
  pid: number
  parent: number
  command: string
}

/** Every living process, as `ps` tells. */
export function livingProcesses(): SystemProcess[] {
  const lines = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,stat=,args='], { encoding: 'utf8' }).split('\n')
  return lines.flatMap((line) => {
    const [, pid, parent, state, command = ''] = /^\s*(\d+)\s+(\d+)\s+(\S+)\s+(.*)$/.exec(line) ?? []
    if (pid === undefined || state?.startsWith('Z')) return []
    return [{ pid: Number(pid), parent: Number(parent), command }]
  })
}

/** The processes that `pid` has started, and those that they have. */
export function descendantsOf(pid: number): SystemProcess[] {
  const all = livingProcesses()
  const found: SystemProcess[] = []
  const parents = [pid]
  for (const parent of parents) {
    const children = all.filter((candidate) => candidate.parent === parent)
    found.push(...children)
    parents.push(...children.map((child) => child.pid))
  }
  return found
}

/** Those of the given processes that still live; a number that was given anew to another program does not count. */
export function stillLiving(processes: readonly SystemProcess[]): SystemProcess[] {
  const commands = new Map(livingProcesses().map(({ pid, command }) => [pid, command]))
  return processes.filter(({ pid, command }) => commands.get(pid) === command)
}
