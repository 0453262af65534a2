import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { forgetExpiredJob } from '../auth/forget-expired.job.ts'
import { sendPasswordResetJob } from '../auth/send-password-reset.job.ts'
import { readEnv } from '../env.ts'
import { tokenIn } from '../testing/received-mail.ts'
import { type SmtpInbox, startSmtpInbox } from '../testing/smtp-inbox.ts'
import { startTestServer, type TestServer } from '../testing/start-test-server.ts'

let inbox: SmtpInbox
const servers: TestServer[] = []
const lines: string[] = []

beforeAll(async () => {
  inbox = await startSmtpInbox()
})
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close()
  inbox.answerWith = null
  lines.length = 0
})
afterAll(() => inbox.close())

interface StartOptions {
  now?: () => Date
  worker?: true
}

async function start(smtpUrl: string | null, options: StartOptions = {}): Promise<TestServer> {
  const server = await startTestServer({
    ...options,
    env: {
      mail: smtpUrl === null ? null : { smtpUrl, from: 'OpenTrade <trade@example.org>' },
      publicUrl: 'https://trade.example.org',
    },
    onLog: (line) => lines.push(line),
  })
  servers.push(server)
  return server
}

const signalOfNobody = new AbortController().signal

function sendReset(server: TestServer, email: string): Promise<void> {
  const { services } = server
  const payload = { email, ip: '127.0.0.1' }
  return sendPasswordResetJob.run({ services, payload, log: services.log, signal: signalOfNobody })
}

describe('with a mail server', () => {
  it('fails when that refuses, and the next run sends a link that is good', async () => {
    const server = await start(inbox.url)
    const { email } = await server.client().signUp()
    inbox.answerWith = { responseCode: 451, message: 'Try later' }
    await expect(sendReset(server, email)).rejects.toThrow(/Try later/)
    expect(inbox.mailsTo(email)).toEqual([])
    inbox.answerWith = null
    await sendReset(server, email)
    const token = tokenIn(inbox.mailsTo(email)[0])
    const input = { token, password: 'violet harbour tractor 9' }
    expect((await server.client().mutate('auth.resetPassword', input)).status).toBe(200)
    expect(lines.join()).toContain('Mail sent')
    expect(lines.join()).not.toContain(token)
  })

  it('fails when nobody answers there', async () => {
    const gone = await startSmtpInbox()
    await gone.close()
    const server = await start(gone.url)
    const { email } = await server.client().signUp()
    await expect(sendReset(server, email)).rejects.toThrow(/ECONNREFUSED/)
  })

  it('keeps nothing in the outbox', async () => {
    const server = await start(inbox.url)
    const client = server.client()
    const { email } = await client.signUp()
    await sendReset(server, email)
    expect(await client.queryData('admin.outbox.list')).toEqual({ isUsed: false, mails: [], next: null })
    const answer = await client.query('admin.outbox.get', { mailId: randomUUID() })
    expect(answer.error?.data.reason).toBe('OUTBOX_OFF')
  })
})

/** What the queue keeps of jobs that failed and wait for their next attempt. */
async function failures(server: TestServer): Promise<string[]> {
  const { rows } = await server.db.superuser.pool.query<{ error: string }>(
    `SELECT last_error AS error FROM graphile_worker.jobs
     WHERE last_error IS NOT NULL AND locked_at IS NULL AND run_at > now()`,
  )
  return rows.map((row) => row.error)
}

/** As if the time until the next attempts had passed. */
async function tryAgainNow(server: TestServer): Promise<void> {
  await server.db.superuser.pool.query('UPDATE graphile_worker._private_jobs SET run_at = now()')
}

describe('a job that sends a mail', () => {
  const login = { user: 'trade', password: 'canary of the mail server' }

  it('fails on a wrong password, says so without it, and is tried again', async () => {
    const strict = await startSmtpInbox({ login })
    const wrong = strict.url.replace(encodeURIComponent(login.password), 'wrong%20canary')
    const server = await start(wrong, { worker: true })
    const { email } = await server.client().signUp()
    await expect.poll(() => failures(server)).toEqual(['MailError: see the log'])
    const failure = lines.find((line) => line.includes('"msg":"Job failed"'))
    expect(failure).toContain('The mail server does not take the user and password of SMTP_URL')
    expect(failure).toContain('"forGood":false')
    expect(lines.join()).not.toMatch(/canary/)
    const { rowCount } = await server.db.superuser.pool.query('SELECT FROM outbox')
    expect(rowCount).toBe(0)
    expect(strict.mailsTo(email)).toEqual([])
    await strict.close()
  })

  it('loses nothing when the mail server is killed half-way and comes back', async () => {
    const first = await startSmtpInbox()
    const server = await start(first.url, { worker: true })
    const client = server.client()
    const { email } = await client.signUp()
    await expect.poll(() => first.mailsTo(email).length).toBe(1)
    first.answerWith = 'silence'
    await client.mutateData('auth.requestPasswordReset', { email })
    await expect.poll(() => first.unanswered).toBe(1)
    await first.close()
    await expect.poll(() => failures(server)).toHaveLength(1)
    expect(lines.join()).toContain('The mail server of SMTP_URL has broken off')

    const second = await startSmtpInbox({ port: first.port })
    await tryAgainNow(server)
    await expect.poll(() => second.mailsTo(email).length).toBe(1)
    const input = { token: tokenIn(second.mailsTo(email)[0]), password: 'violet harbour tractor 9' }
    expect((await server.client().mutate('auth.resetPassword', input)).status).toBe(200)
    await server.close()
    servers.splice(0)
    await second.close()
  })
})

describe('without a mail server', () => {
  it('keeps mails for an administrator alone, and the log has no link', async () => {
    const server = await start(null)
    const [admin, client] = [server.client(), server.client()]
    await admin.signUp()
    const { email, userId } = await client.signUp()
    await sendReset(server, email)
    const { mails } = await admin.queryData<{ mails: { mailId: string; to: string }[] }>('admin.outbox.list')
    expect(mails).toEqual([
      {
        mailId: expect.any(String),
        to: email,
        subject: 'Choose a new password',
        createdAt: expect.any(String),
      },
    ])
    const [mail] = mails
    const shown = await admin.queryData<{ text: string; html: string }>('admin.outbox.get', {
      mailId: mail?.mailId,
    })
    const token = tokenIn(shown)
    expect(shown.html).toContain(token)
    expect(lines.join()).toContain('Mail kept in the outbox')
    expect(lines.join()).not.toContain(token)
    const { rows } = await server.db.superuser.pool.query(
      `SELECT action FROM audit_log WHERE user_id = $1 AND action = 'user.mail-read-by-admin'`,
      [userId],
    )
    expect(rows).toHaveLength(1)
    expect((await client.query('admin.outbox.list')).status).toBe(403)
    expect((await client.query('admin.outbox.get', { mailId: mail?.mailId })).status).toBe(403)
    expect((await server.client().query('admin.outbox.list')).status).toBe(401)
    expect((await admin.query('admin.outbox.get', { mailId: randomUUID() })).status).toBe(404)
  })

  it('forgets a mail after seven days', async () => {
    let clockMs = Date.now()
    const server = await start(null, { now: () => new Date(clockMs) })
    const admin = server.client()
    const { email } = await admin.signUp()
    await sendReset(server, email)
    const { services } = server
    const count = async () => (await server.db.superuser.pool.query('SELECT FROM outbox')).rowCount
    for (const [days, left] of [
      [6, 1],
      [2, 0],
    ] as const) {
      clockMs += days * 24 * 3_600_000
      await forgetExpiredJob.run({ services, payload: {}, log: services.log, signal: signalOfNobody })
      expect(await count()).toBe(left)
    }
  })
})

describe('the variables', () => {
  const smtp = { SMTP_URL: 'smtp://u:hidden@mail.example.org', MAIL_FROM: 'a@example.org' }
  it.each([
    [{ SMTP_URL: 'http://x' }, /SMTP_URL must look like/],
    [{ SMTP_URL: smtp.SMTP_URL }, /MAIL_FROM is missing/],
    [smtp, /PUBLIC_URL is missing/],
  ])('of %j are refused with a sentence', (given, sentence) => {
    expect(() => readEnv(given)).toThrow(sentence)
    expect(() => readEnv(given)).not.toThrow(/hidden/)
  })

  it('are complete with the three of them, and with none mails wait in the outbox', () => {
    const env = readEnv({ ...smtp, PUBLIC_URL: 'https://trade.example.org/' })
    expect(env.mail).toEqual({ smtpUrl: smtp.SMTP_URL, from: smtp.MAIL_FROM })
    expect(readEnv({}).mail).toBeNull()
  })
})
