import type { Queryable } from '@opentrade/db'
import type { Mail } from './mailer.ts'

/** How long a mail that nobody sent is kept. */
const OUTBOX_KEPT_DAYS = 7

/** A mail in the outbox, without what is in it. */
export interface OutboxLine {
  mailId: string
  to: string
  subject: string
  createdAt: string
}

/** A mail in the outbox as it would have gone out: its links work. */
export interface OutboxMail extends OutboxLine {
  text: string
  html: string
}

interface Row {
  mailId: string
  recipientId: string | null
  to: string
  subject: string
  createdAt: Date
  text: string
  html: string
}

const LINE =
  'mail_id AS "mailId", recipient_id AS "recipientId", to_address AS "to", subject, created_at AS "createdAt"'

/** @returns the mail's id */
export async function putInOutbox(q: Queryable, mail: Mail): Promise<string> {
  const { rows } = await q.query<{ mailId: string }>(
    `INSERT INTO outbox (recipient_id, to_address, subject, body_text, body_html) VALUES ($1, $2, $3, $4, $5)
     RETURNING mail_id AS "mailId"`,
    [mail.recipientId, mail.to, mail.subject, mail.text, mail.html],
  )
  const [row] = rows
  if (!row) throw new Error('The outbox took a mail and gave no id.')
  return row.mailId
}

/** The newest first. */
export async function readOutbox(
  q: Queryable,
  o: { before: string | null; limit: number },
): Promise<OutboxLine[]> {
  const { rows } = await q.query<Row>(
    `SELECT ${LINE} FROM outbox WHERE $1::uuid IS NULL OR mail_id < $1 ORDER BY mail_id DESC LIMIT $2`,
    [o.before, o.limit],
  )
  return rows.map(toLine)
}

/** Null: there is none of this id (any more). */
export async function readOutboxMail(
  q: Queryable,
  o: { mailId: string },
): Promise<(OutboxMail & { recipientId: string | null }) | null> {
  const { rows } = await q.query<Row>(
    `SELECT ${LINE}, body_text AS text, body_html AS html FROM outbox WHERE mail_id = $1`,
    [o.mailId],
  )
  const [row] = rows
  return row ? { ...toLine(row), recipientId: row.recipientId, text: row.text, html: row.html } : null
}

export async function forgetOldMails(q: Queryable, o: { now: Date }): Promise<void> {
  await q.query('DELETE FROM outbox WHERE created_at < $1::timestamptz - make_interval(days => $2)', [
    o.now,
    OUTBOX_KEPT_DAYS,
  ])
}

function toLine({ mailId, to, subject, createdAt }: Row): OutboxLine {
  return { mailId, to, subject, createdAt: createdAt.toISOString() }
}
