import type { AuditEntry } from '../../lib/types.ts'
import { isServer } from './describe-act.ts'

/** One line of the page: an entry, or openings by the server that follow one another. */
export type ActivityLine =
  | { kind: 'entry'; entry: AuditEntry }
  | { kind: 'openings'; entries: [AuditEntry, AuditEntry, ...AuditEntry[]] }

/** Takes openings by the server itself that follow one another together: they come by the hundred. */
export function groupEntries(entries: readonly AuditEntry[]): ActivityLine[] {
  const lines: ActivityLine[] = []
  let run: AuditEntry[] = []

  function endRun() {
    const [first, second, ...rest] = run
    if (first && second) lines.push({ kind: 'openings', entries: [first, second, ...rest] })
    else if (first) lines.push({ kind: 'entry', entry: first })
    run = []
  }

  for (const entry of entries) {
    if (isOpeningByServer(entry)) run.push(entry)
    else {
      endRun()
      lines.push({ kind: 'entry', entry })
    }
  }
  endRun()
  return lines
}

function isOpeningByServer({ action, actor }: AuditEntry): boolean {
  return action === 'vault.opened' && isServer(actor)
}
