import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { childEnvironment } from '../env.ts'
import { makeCertificate, type ServerCertificate } from '../testing/certificates.ts'
import { type SmtpInbox, startSmtpInbox } from '../testing/smtp-inbox.ts'
import type { SmtpServerOptions } from '../testing/smtp-server.ts'
import { composeMail } from './compose.ts'
import type { Mail } from './mailer.ts'
import { finishSignUpMail } from './messages.ts'
import { openSmtp } from './smtp.ts'

const SENDER = fileURLToPath(new URL('../testing/smtp-sender.ts', import.meta.url))
const LOGIN = { user: 'trade', password: 'p@ss:word/of the mail server' }
const URL_IN_MAIL = 'https://trade.example.org/verify-email#token=canary'
const MAIL: Mail = {
  to: 'ada@example.org',
  recipientId: null,
  ...composeMail({ content: finishSignUpMail({ url: URL_IN_MAIL }), from: 'https://trade.example.org' }),
}

let certificate: ServerCertificate
let folder: string
const inboxes: SmtpInbox[] = []

beforeAll(async () => {
  certificate = await makeCertificate()
  folder = mkdtempSync(join(tmpdir(), 'opentrade-smtp-'))
  writeFileSync(join(folder, 'ca.pem'), certificate.cert)
})
afterAll(async () => {
  await Promise.all(inboxes.map((inbox) => inbox.close()))
  rmSync(folder, { recursive: true, force: true })
})

async function start(options?: Partial<SmtpServerOptions>): Promise<SmtpInbox> {
  const inbox = await startSmtpInbox(options)
  inboxes.push(inbox)
  return inbox
}

function send(smtpUrl: string, mail: Partial<Mail> = {}): Promise<void> {
  return openSmtp({ smtpUrl, from: 'OpenTrade <trade@example.org>' })({ ...MAIL, ...mail })
}

/** What a process of its own says that trusts the test's certificate: `sent`, or why not. */
async function sendTrusting(smtpUrl: string): Promise<string> {
  const env = { ...childEnvironment(), NODE_EXTRA_CA_CERTS: join(folder, 'ca.pem') }
  const { stdout } = await promisify(execFile)(process.execPath, ['--import', 'tsx', SENDER, smtpUrl], {
    env,
  })
  return stdout
}

/** The same server under a name that does not say that it is this machine. */
function asIfElsewhere({ url }: SmtpInbox): string {
  return url.replace('127.0.0.1', '[::ffff:127.0.0.1]')
}

describe('a mail on the wire', () => {
  it('has a text and an HTML part with the link in each, and says that nobody wrote it', async () => {
    const inbox = await start()
    await send(inbox.url)
    const [mail] = inbox.mailsTo(MAIL.to)
    expect(mail?.text.replaceAll('\r\n', '\n').trim()).toBe(MAIL.text.trim())
    expect(mail?.html).toContain(`href="${URL_IN_MAIL}"`)
    expect(mail?.headers.get('content-type')).toMatch(/^multipart\/alternative/)
    expect(mail?.headers.get('subject')).toBe(MAIL.subject)
    expect(mail?.headers.get('to')).toBe(MAIL.to)
    expect(mail?.headers.get('auto-submitted')).toBe('auto-generated')
  })

  it('has our headers and one reader, whatever stands in its subject', async () => {
    const inbox = await start()
    const line = fc.constantFrom('\r\n', '\n', '\r', '\r\n\r\n', '\u2028', '\0')
    const written = fc
      .tuple(fc.string({ unit: 'grapheme', maxLength: 40 }), line)
      .map(([text, end]) => `${text}${end}Bcc: eve@example.org${end}X-Evil: 1${end}${text}`)
    const property = fc.asyncProperty(written, async (subject) => {
      await send(inbox.url, { subject })
      const mail = inbox.mails.pop()
      expect(mail?.to).toEqual([MAIL.to])
      expect([...(mail?.headers.keys() ?? [])].sort()).toEqual([
        ...['auto-submitted', 'content-type', 'date', 'from', 'message-id', 'mime-version', 'subject', 'to'],
      ])
      expect(mail?.text).toContain(URL_IN_MAIL)
    })
    await fc.assert(property, { numRuns: 25 })
  })

  it.each([
    'ada@example.org, eve@example.org',
    'ada@example.org\r\nBcc: eve@example.org',
    'ada@example.org>\r\nRCPT TO:<eve@example.org',
    '"Ada <eve@example.org>" <ada@example.org>',
    'ada@example.org;eve@example.org',
    'ada@example.org eve@example.org',
  ])('goes to nobody else when the address is %j', async (to) => {
    const inbox = await start()
    await send(inbox.url, { to }).catch(() => undefined)
    expect(inbox.mailsTo('eve@example.org')).toEqual([])
    expect(inbox.commands.filter((command) => /^RCPT TO:\s*<eve@/i.test(command))).toEqual([])
    for (const mail of inbox.mails) {
      expect(mail.to).toHaveLength(1)
      expect(mail.headers.has('bcc')).toBe(false)
    }
  })
})

describe('a mail server that wants a login', () => {
  it('gets that of SMTP_URL, and what it says to another names no password', async () => {
    const inbox = await start({ login: LOGIN })
    await send(inbox.url)
    expect(inbox.mailsTo(MAIL.to)).toHaveLength(1)
    const wrong = send(inbox.url.replace(encodeURIComponent(LOGIN.password), 'not%20the%20password'))
    await expect(wrong).rejects.toThrow(
      /^The mail server does not take the user and password of SMTP_URL: .*535/,
    )
    await expect(wrong).rejects.not.toThrow(/not.the.password/)
    await expect(send(inbox.url.replace(/\/\/.*@/, '//'))).rejects.toThrow(/530/)
    expect(inbox.mails).toHaveLength(1)
  })
})

describe.each(['starttls', 'tls'] as const)('a mail server that speaks %s', (security) => {
  it('gets neither a login nor a mail from whoever does not trust its certificate', async () => {
    const inbox = await start({ security, certificate, login: LOGIN })
    for (const url of [inbox.url, asIfElsewhere(inbox)]) {
      await expect(send(url)).rejects.toThrow(
        /^The certificate of the mail server is not trusted.*NODE_EXTRA/,
      )
    }
    expect(await sendTrusting(inbox.url)).toBe('sent')
    expect(inbox.mails.map((mail) => mail.text)).toEqual([expect.stringContaining('canary')])
    expect(verbs(inbox).filter((verb) => verb === 'AUTH' || verb === 'MAIL')).toEqual(['AUTH', 'MAIL'])
  })
})

describe('a mail server that offers no encryption', () => {
  it('gets mails of this machine, and under another name neither a login nor a mail', async () => {
    const inbox = await start({ login: LOGIN })
    await expect(send(asIfElsewhere(inbox))).rejects.toThrow(/^The mail server does not encrypt/)
    await send(inbox.url)
    expect(verbs(inbox).slice(0, 4)).toEqual(['EHLO', 'STARTTLS', 'EHLO', 'AUTH'])
    expect(inbox.mails).toHaveLength(1)
  })
})

/** The commands it was given. That of a mail that it has taken stands behind all that came before. */
function verbs(inbox: SmtpInbox): (string | undefined)[] {
  return inbox.commands.map((command) => command.split(' ')[0])
}
