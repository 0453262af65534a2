import { recordAct } from '../audit/record.ts'
import type { UserContext } from '../context.ts'
import { notFound, ServiceError } from '../errors.ts'
import { type OutboxLine, type OutboxMail, readOutbox, readOutboxMail } from '../mail/outbox.ts'
import type { ListOutbox, OneMail } from './account-schemas.ts'

const PAGE = 50

export interface OutboxPage {
  /** False: a mail server is configured, and nothing waits here. */
  isUsed: boolean
  mails: OutboxLine[]
  next: string | null
}

/** The mails that wait for an administrator to pass them on, the newest first. */
export async function listOutbox(o: { ctx: UserContext; input: ListOutbox }): Promise<OutboxPage> {
  const { services } = o.ctx
  if (services.mailer.viaSmtp) return { isUsed: false, mails: [], next: null }
  const found = await readOutbox(services.db.pool, { before: o.input?.cursor ?? null, limit: PAGE + 1 })
  const mails = found.slice(0, PAGE)
  return { isUsed: true, mails, next: found.length > PAGE ? (mails.at(-1)?.mailId ?? null) : null }
}

/**
 * A mail with its links, which open what they are for. That it was read is noted before, in the log of the
 * administrator and in that of the person whom it is for.
 * @throws ServiceError OUTBOX_OFF, NOT_FOUND
 */
export async function getOutboxMail(o: { ctx: UserContext; input: OneMail }): Promise<OutboxMail> {
  const { services, actor } = o.ctx
  if (services.mailer.viaSmtp) {
    throw new ServiceError({
      kind: 'refused',
      reason: 'OUTBOX_OFF',
      message: 'A mail server is configured: mails go out to people and cannot be read here.',
    })
  }
  const mail = await readOutboxMail(services.db.pool, o.input)
  if (!mail) throw notFound('mail')
  const { recipientId, ...shown } = mail
  const act = { action: 'admin.mail-read', target: `mail:${mail.mailId}`, detail: { subject: mail.subject } }
  await services.db.withUserSql(actor.userId, (client) => recordAct(client, { ...act, actor }))
  if (recipientId !== null && recipientId !== actor.userId) {
    await services.db.withUserSql(recipientId, (client) =>
      recordAct(client, {
        actor: { userId: recipientId, name: `admin:${actor.userId}`, ip: actor.ip },
        ...act,
        action: 'user.mail-read-by-admin',
      }),
    )
  }
  return shown
}
