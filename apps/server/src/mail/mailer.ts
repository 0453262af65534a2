import type { Database } from '@opentrade/db'
import type { Logger } from 'pino'
import type { Env } from '../env.ts'
import { putInOutbox } from './outbox.ts'
import { openSmtp } from './smtp.ts'

/** A mail as it goes out. */
export interface Mail {
  to: string
  /** Whose account it is about; null for an address without one. */
  recipientId: string | null
  subject: string
  text: string
  html: string
}

/** Sends mails: over SMTP where that is configured, else into the outbox that an administrator reads. */
export interface Mailer {
  /** False: mails wait in the outbox. */
  viaSmtp: boolean
  /** @throws what the mail server says, for the queue to try again later */
  send: (mail: Mail) => Promise<void>
}

/** The log learns that a mail went out, and never what is in it. */
export function createMailer(o: { env: Env; db: Database; log: Logger }): Mailer {
  const { env, db, log } = o
  const smtp = env.mail && openSmtp(env.mail)
  return {
    viaSmtp: smtp !== null,
    async send(mail) {
      const { to, subject } = mail
      if (smtp) {
        await smtp(mail)
        log.info({ to, subject }, 'Mail sent')
        return
      }
      const mailId = await putInOutbox(db.pool, mail)
      log.info({ to, subject, mailId }, 'Mail kept in the outbox: no mail server is configured')
    },
  }
}
