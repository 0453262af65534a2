import type { AuditReport } from '../../lib/types.ts'

type Broken = NonNullable<AuditReport['broken']>

const FAULTS: Record<Broken['reason'], { title: (seq: string) => string; more: string }> = {
  MISSING: {
    title: (seq) => `Entry ${seq} is missing`,
    more: 'Somebody with access to the database took it out.',
  },
  WRONG_LINK: {
    title: (seq) => `Entry ${seq} does not continue the one before`,
    more: 'Somebody with access to the database replaced it, or entries before it.',
  },
  WRONG_HASH: {
    title: (seq) => `Entry ${seq} was changed`,
    more: 'Somebody with access to the database changed it after it was written.',
  },
  CUT_OFF: {
    title: (seq) => `Entries from ${seq} on are missing`,
    more: 'The chain is whole, but it ends before the entry that you noted: its end was cut off, or the database was restored from an older backup.',
  },
  NOT_AS_NOTED: {
    title: (seq) => `Entry ${seq} is not the one that you noted`,
    more: 'The chain is whole in itself, but it was written anew, or the note is of another account.',
  },
}

/** Says in words where a chain breaks, and what that means. */
export function describeFault({ seq, reason }: Broken): { title: string; more: string } {
  const { title, more } = FAULTS[reason]
  return { title: title(seq), more }
}
