import { createTransport } from 'nodemailer'
import type { Env } from '../env.ts'
import { mailError } from './mail-error.ts'
import type { Mail } from './mailer.ts'

const CONNECT_WITHIN_MS = 10_000
const ANSWER_WITHIN_MS = 20_000
const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]'])

/**
 * Opens the way to a mail server. To any but this machine itself the connection must be encrypted, by `smtps:` or
 * STARTTLS: the links in mails open accounts.
 * @returns sends a mail, or throws MailError
 */
export function openSmtp(o: NonNullable<Env['mail']>): (mail: Mail) => Promise<void> {
  const { hostname, protocol } = new URL(o.smtpUrl)
  const transport = createTransport({
    url: o.smtpUrl,
    connectionTimeout: CONNECT_WITHIN_MS,
    greetingTimeout: CONNECT_WITHIN_MS,
    socketTimeout: ANSWER_WITHIN_MS,
    requireTLS: protocol === 'smtp:' && !LOOPBACK.has(hostname),
    // What is in a mail is text; none of it may name a file or an address to read.
    disableFileAccess: true,
    disableUrlAccess: true,
  })
  return async ({ to, subject, text, html }) => {
    const message = {
      from: o.from,
      // As an object, an address is never read as a list of several.
      to: { name: '', address: to },
      subject,
      text,
      html,
      headers: { 'Auto-Submitted': 'auto-generated' },
    }
    await transport.sendMail(message).catch((error: unknown) => {
      throw mailError(error)
    })
  }
}
