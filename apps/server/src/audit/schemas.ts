import { z } from 'zod'

/** More entries on one page than a person reads; a program takes the export. */
const MAX_PAGE = 200
/** Lines of one part of the export: some 500 kB. */
const MAX_LINES = 1_000

/** The number of an entry in a person's log, from 1. A text, since it may be larger than a float holds. */
const Seq = z
  .string({ error: 'Give the number of an entry as text, such as "12".' })
  .regex(/^[1-9]\d{0,17}$/, 'This is not the number of an entry, such as "12".')

const Actions = z
  .array(
    z
      .string({ error: 'Name an action, such as "api-key.added".' })
      .max(100, 'No action is that long.')
      .refine((text) => !/\p{Cc}/u.test(text), 'No action has control characters.'),
    {
      error: 'Give a list of actions.',
    },
  )
  .max(50, 'Name at most 50 actions.')

/** As a date, since PostgreSQL knows neither a year 0 nor every offset that ISO 8601 allows. */
const Moment = z.iso
  .datetime({ offset: true, error: 'Give a time, such as 2026-01-31T12:00:00Z.' })
  .transform((text) => new Date(text))

function Limit(max: number) {
  return z
    .int({ error: 'Give a whole number.' })
    .min(1, 'Ask for at least 1.')
    .max(max, `Ask for at most ${max}.`)
}

export const ListAudit = z
  .strictObject({
    cursor: Seq.optional().describe('entries before this number alone: `next` of the page before'),
    limit: Limit(MAX_PAGE).optional().describe('50 when left out'),
    actions: Actions.optional().describe('these actions alone'),
    except: Actions.optional().describe('all but these actions'),
    from: Moment.optional().describe('not before this time'),
    to: Moment.optional().describe('before this time'),
  })
  .optional()
export type ListAudit = z.infer<typeof ListAudit>

export const ExportAudit = z
  .strictObject({
    after: Seq.optional().describe('goes on after this number: `next` of the part before'),
    limit: Limit(MAX_LINES).optional().describe('1,000 when left out'),
  })
  .optional()
export type ExportAudit = z.infer<typeof ExportAudit>

const NotedHead = z.strictObject(
  {
    seq: Seq,
    hash: z
      .string({ error: 'Give the hash that was noted, 64 hexadecimal digits.' })
      .regex(/^[0-9a-f]{64}$/i, 'A hash has 64 hexadecimal digits.'),
  },
  { error: 'Give the number and the hash that were noted.' },
)

export const VerifyAudit = z
  .strictObject({
    head: NotedHead.optional().describe(
      'the last entry as it was noted earlier, to find out whether any were cut off',
    ),
  })
  .optional()
export type VerifyAudit = z.infer<typeof VerifyAudit>

/** One entry of a person's log. */
export interface AuditEntry {
  /** Counts from 1 without a gap. */
  seq: string
  /** ISO 8601 in UTC. */
  at: string
  /** `session:<id>`, `job:<name>`. */
  actor: string
  /** Such as `api-key.added`. */
  action: string
  /** `kind:id` of what it was done to. */
  target: string | null
  detail: Record<string, unknown>
  /** The address that the request came from; null for a job. */
  ip: string | null
  /** SHA-256 over this entry and the hash of the one before, in hexadecimal. */
  hash: string
}

export interface AuditPage {
  /** The newest first. */
  entries: AuditEntry[]
  /** What to give as `cursor` for the next page; null: this was the last one. */
  next: string | null
}

/** A part of the log as JSON lines, the oldest first. */
export interface AuditLines {
  /** Each line ends with a line feed. */
  lines: string
  /** What to give as `after` for the next part; null: this was the last one. */
  next: string | null
}

/** What there was to see of the entry at which a chain breaks. */
export type AuditFault = 'MISSING' | 'WRONG_LINK' | 'WRONG_HASH' | 'CUT_OFF' | 'NOT_AS_NOTED'

export interface AuditReport {
  /** How many entries are whole, from the first on. */
  verified: number
  /** The last whole entry: worth noting elsewhere, and to be given to the next verification. */
  head: { seq: string; hash: string } | null
  /** The first entry that is not as it was written. Null: there is none. */
  broken: { seq: string; reason: AuditFault } | null
}
