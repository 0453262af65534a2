import { randomBytes, randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type ReceivedMail, tokenIn } from '../testing/received-mail.ts'
import { type SmtpInbox, startSmtpInbox } from '../testing/smtp-inbox.ts'
import { startTestServer, type TestServer } from '../testing/start-test-server.ts'
import { TEST_PASSWORD, type TestClient } from '../testing/test-client.ts'
import { makeToken } from './one-time-tokens.ts'

const NEW_PASSWORD = 'violet harbour tractor 9'
const MINUTE_MS = 60_000

let inbox: SmtpInbox
let server: TestServer
let admin: TestClient
let clockMs = Date.now()

beforeAll(async () => {
  inbox = await startSmtpInbox()
  server = await startTestServer({
    worker: true,
    now: () => new Date(clockMs),
    env: {
      mail: { smtpUrl: inbox.url, from: 'OpenTrade <trade@example.org>' },
      publicUrl: 'https://trade.example.org',
    },
  })
  admin = server.client()
  await admin.signUp({ email: 'first@example.org' })
})
afterAll(async () => {
  await server.close()
  await inbox.close()
})

const newAddress = () => `${randomUUID()}@example.org`

/** Waits until an address has so many mails; returns the last one. */
async function mailTo(address: string, count = 1): Promise<ReceivedMail> {
  await expect.poll(() => inbox.mailsTo(address).length, { interval: 10 }).toBeGreaterThanOrEqual(count)
  const mail = inbox.mailsTo(address)[count - 1]
  if (!mail) throw new Error('The mail that was there is gone.')
  return mail
}

/** Until every job that was asked for has run, those that send mail among them. */
async function jobsAreDone(): Promise<void> {
  const waiting = async () => {
    const { rows } = await server.db.superuser.pool.query<{ count: number }>(
      `SELECT count(*)::int AS count FROM graphile_worker.jobs WHERE run_at <= now()`,
    )
    return rows[0]?.count
  }
  await expect.poll(waiting, { interval: 20 }).toBe(0)
}

const register = (email: string, password = TEST_PASSWORD) =>
  server.client().mutate('auth.register', { email, password })

const login = (email: string, password = TEST_PASSWORD) =>
  server.client().mutate('auth.login', { email, password })

async function signUp(): Promise<{ email: string; client: TestClient; userId: string }> {
  const email = newAddress()
  await register(email)
  await server.client().mutateData('auth.verifyEmail', { token: tokenIn(await mailTo(email)) })
  const client = server.client()
  const { userId } = await client.signIn({ email })
  return { email, client, userId }
}

/** How many mails an address has once none is on its way any more. */
async function countMails(email: string): Promise<number> {
  await jobsAreDone()
  return inbox.mailsTo(email).length
}

/** Asks for a reset; returns the token of the mail. */
async function askForReset(email: string): Promise<string> {
  const before = await countMails(email)
  await server.client().mutateData('auth.requestPasswordReset', { email })
  return tokenIn(await mailTo(email, before + 1))
}

const reset = (token: string, password = NEW_PASSWORD) =>
  server.client().mutate('auth.resetPassword', { token, password })

async function actionsOf(userId: string): Promise<string[]> {
  const { rows } = await server.db.superuser.pool.query<{ action: string }>(
    'SELECT action FROM audit_log WHERE user_id = $1 ORDER BY seq',
    [userId],
  )
  return rows.map((row) => row.action)
}

describe('signing up where mails go out', () => {
  it('answers a new and a taken address alike, signs nobody in, and tells each by mail', async () => {
    const { email: taken } = await signUp()
    const fresh = newAddress()
    const before = await countMails(taken)
    const answers = [await register(taken), await register(fresh)]
    for (const { status, data, headers } of answers) {
      expect([status, data]).toEqual([200, { user: null, next: 'check-mail' }])
      expect(headers.getSetCookie()).toEqual([])
    }
    expect((await mailTo(taken, before + 1)).text).toContain('You have an account already')
    const mail = await mailTo(fresh)
    expect(mail.from).toBe('trade@example.org')
    expect(mail.headers.get('subject')).toBe('Finish signing up at OpenTrade')
    expect(mail.text).toMatch(/https:\/\/trade\.example\.org\/verify-email#token=[\w-]{64}\r?\n/)
    expect((await login(fresh)).error?.data.reason).toBe('WRONG_CREDENTIALS')
  })

  it('makes the account once when its link is used 100 times at once, and signs nobody in', async () => {
    const email = newAddress()
    await register(email)
    const token = tokenIn(await mailTo(email))
    const answers = await Promise.all(
      Array.from({ length: 100 }, () => server.client().mutate('auth.verifyEmail', { token })),
    )
    const good = answers.filter((answer) => answer.status === 200)
    expect(good).toHaveLength(1)
    expect(good[0]?.headers.getSetCookie()).toEqual([])
    const reasons = answers.flatMap((answer) => answer.error?.data.reason ?? [])
    expect([reasons.length, new Set(reasons)]).toEqual([99, new Set(['LINK_REFUSED'])])
    const { data } = await login(email)
    expect(data).toMatchObject({ user: { email, emailVerified: true, hasPassword: true, role: 'user' } })
  })

  it('uses no link up by looking at it', async () => {
    const email = newAddress()
    await register(email)
    const token = tokenIn(await mailTo(email))
    const input = encodeURIComponent(JSON.stringify({ token }))
    for (const path of [`/verify-email?token=${token}`, `/trpc/auth.verifyEmail?input=${input}`]) {
      await (await server.client().fetch(path)).text()
    }
    expect((await server.client().mutate('auth.verifyEmail', { token })).status).toBe(200)
  })

  it('lets the first of two sign-ups with one address win, and a link ends after a day', async () => {
    const email = newAddress()
    await register(email)
    const first = tokenIn(await mailTo(email))
    await register(email, NEW_PASSWORD)
    const second = tokenIn(await mailTo(email, 2))
    const verify = (token: string) => server.client().mutate('auth.verifyEmail', { token })
    expect((await verify(second)).status).toBe(200)
    expect((await verify(first)).error?.data.reason).toBe('LINK_REFUSED')
    expect((await login(email, NEW_PASSWORD)).status).toBe(200)
    const late = newAddress()
    await register(late)
    const token = tokenIn(await mailTo(late))
    clockMs += 24 * 60 * MINUTE_MS
    expect((await verify(token)).error?.data.reason).toBe('LINK_REFUSED')
  })

  it('stops after five mails to an address, whether or not it has an account', async () => {
    const { email: known } = await signUp()
    for (const email of [known, newAddress()]) {
      let status = 0
      let count = 0
      while (status !== 429 && count < 10) {
        status = (await server.client().mutate('auth.requestPasswordReset', { email })).status
        count += 1
      }
      // The one who signed up has had a mail before.
      expect(count).toBe(email === known ? 5 : 6)
    }
  })
})

describe('the address of an account', () => {
  it('is confirmed by a link that the person asks for, and by no other', async () => {
    await admin.signIn({ email: 'first@example.org' })
    const verified = async () =>
      (await admin.queryData<{ user: { emailVerified: boolean } }>('auth.me')).user.emailVerified
    await mailTo('first@example.org')
    expect(await verified()).toBe(false)
    await admin.mutateData('auth.requestEmailVerification')
    const token = tokenIn(await mailTo('first@example.org', 2))
    const older = tokenIn(inbox.mailsTo('first@example.org')[0])
    const verify = (tried: string) => server.client().mutate('auth.verifyEmail', { token: tried })
    expect((await verify(older)).status).toBe(422)
    expect((await verify(token)).status).toBe(200)
    expect(await verified()).toBe(true)
    expect((await server.client().mutate('auth.requestEmailVerification')).status).toBe(401)
  })

  it('changes once, when the new one confirms it; the old one is told before and after', async () => {
    const { email, client, userId } = await signUp()
    const before = await countMails(email)
    const moved = newAddress()
    await client.mutateData('users.changeEmail', { email: moved })
    expect((await mailTo(email, before + 1)).text).toContain(moved)
    const token = tokenIn(await mailTo(moved))
    expect((await login(email)).status).toBe(200)
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => server.client().mutate('auth.confirmEmailChange', { token })),
    )
    expect(answers.filter((answer) => answer.status === 200)).toHaveLength(1)
    expect((await mailTo(email, before + 2)).text).toContain(`now belongs to the address ${moved}`)
    expect((await login(moved)).status).toBe(200)
    expect((await login(email)).status).toBe(401)
    expect(await actionsOf(userId)).toContain('user.email-changed')
  })

  it('stays when another account has the new one, which only that address learns', async () => {
    const one = await signUp()
    const other = await signUp()
    const before = await countMails(other.email)
    expect((await one.client.mutate('users.changeEmail', { email: other.email })).data).toEqual({ ok: true })
    const mail = await mailTo(other.email, before + 1)
    expect(mail.text).toContain('belongs to another account')
    expect(mail.text).not.toContain('#token=')
    const same = await one.client.mutate('users.changeEmail', { email: one.email.toUpperCase() })
    expect([same.status, Object.keys(same.error?.data.fields ?? {})]).toEqual([400, ['email']])
  })
})

describe('API tokens when the password is new', () => {
  async function withTokens() {
    const person = await signUp()
    const tokens: string[] = []
    for (const name of ['Backup script', 'Trading bot']) {
      const input = { name, scopes: ['read'], expiresInDays: null }
      const { token } = await person.client.mutateData<{ token: string }>('apiTokens.create', input)
      tokens.push(token)
    }
    const used = { headers: { authorization: `Bearer ${tokens[1]}` } }
    expect((await server.client().fetch('/trpc/settings.get', used)).status).toBe(200)
    const lastUsed = async () =>
      (await person.client.queryData<{ lastUsedAt: string | null }[]>('apiTokens.list'))[0]?.lastUsedAt
    await expect.poll(lastUsed, { interval: 10 }).not.toBeNull()
    return { ...person, tokens }
  }

  async function statusesOf(tokens: string[]): Promise<number[]> {
    const ask = (token: string) =>
      server.client().fetch('/trpc/settings.get', { headers: { authorization: `Bearer ${token}` } })
    return Promise.all(tokens.map(async (token) => (await ask(token)).status))
  }

  const inspect = (token: string) => server.client().mutate('auth.inspectPasswordReset', { token })
  const noticeTo = async (email: string) => {
    const notice = () =>
      inbox.mailsTo(email).find((mail) => mail.text.includes('The password of your account was'))
    await expect.poll(() => notice()?.text ?? null, { interval: 10 }).not.toBeNull()
    return notice()?.text ?? ''
  }

  it('end with a reset, which says how many there are before and which they were afterwards', async () => {
    const { email, tokens } = await withTokens()
    const link = await askForReset(email)
    expect((await inspect(link)).data).toEqual({ isValid: true, apiTokens: 2 })
    expect((await reset(link)).status).toBe(200)
    await expect.poll(() => statusesOf(tokens), { interval: 10 }).toEqual([401, 401])
    const text = await noticeTo(email)
    expect(text).toContain('These API tokens were revoked: ')
    for (const name of ['Backup script', 'Trading bot']) expect(text).toContain(name)
    for (const none of [link, 'x'.repeat(64), 'x']) {
      expect((await inspect(none)).data).toEqual({ isValid: false, apiTokens: 0 })
    }
  })

  it('stay with a reset that says so, and the mail lists them with their scopes and their use', async () => {
    const { email, tokens } = await withTokens()
    const input = { token: await askForReset(email), password: NEW_PASSWORD, revokeApiTokens: false }
    expect((await server.client().mutate('auth.resetPassword', input)).status).toBe(200)
    const text = await noticeTo(email)
    expect(await statusesOf(tokens)).toEqual([200, 200])
    expect(text).toMatch(/Backup script \(read\): created on .+, never used\./)
    expect(text).toMatch(/Trading bot \(read\): created on .+, last used on .+\./)
    expect(text).toContain('https://trade.example.org/settings/tokens')
    expect(text).not.toContain('revoked:')
  })

  it.each([
    [undefined, [200, 200]],
    [false, [200, 200]],
    [true, [401, 401]],
  ])('with a change whose revokeApiTokens is %s answer %j', async (revokeApiTokens, statuses) => {
    const { email, client, tokens } = await withTokens()
    await client.mutateData('users.changePassword', {
      ...{ currentPassword: TEST_PASSWORD, newPassword: NEW_PASSWORD },
      ...(revokeApiTokens !== undefined && { revokeApiTokens }),
    })
    await expect.poll(() => statusesOf(tokens), { interval: 10 }).toEqual(statuses)
    const text = await noticeTo(email)
    expect(text.includes('These API tokens still work')).toBe(!revokeApiTokens)
    expect(text.includes('These API tokens were revoked')).toBe(revokeApiTokens === true)
  })
})

describe('a reset of the password', () => {
  it('works once of 100 times at once, ends every session, and keeps second factors', async () => {
    const { email, client, userId } = await signUp()
    await server.db.superuser.pool.query('INSERT INTO recovery_codes (user_id, code_hash) VALUES ($1, $2)', [
      userId,
      randomBytes(32),
    ])
    const token = await askForReset(email)
    const answers = await Promise.all(Array.from({ length: 100 }, () => reset(token)))
    const good = answers.filter((answer) => answer.status === 200)
    expect(good).toHaveLength(1)
    expect(good[0]?.headers.getSetCookie()).toEqual([])
    for (const { status, error } of answers) {
      // Hashing has a queue, and those for whom it was full may try again.
      expect([200, 422, 503]).toContain(status)
      if (status === 422) expect(error?.data.reason).toBe('LINK_REFUSED')
    }
    await expect.poll(async () => (await client.query('settings.get')).status, { interval: 10 }).toBe(401)
    expect((await login(email)).status).toBe(401)
    expect((await login(email, NEW_PASSWORD)).status).toBe(200)
    const { rowCount } = await server.db.superuser.pool.query(
      'SELECT FROM recovery_codes WHERE user_id = $1 AND used_at IS NULL',
      [userId],
    )
    expect(rowCount).toBe(1)
    expect(await actionsOf(userId)).toEqual(
      expect.arrayContaining(['auth.reset-asked-for', 'auth.password-reset']),
    )
  })

  it('says nothing about an address, writes to no stranger, and keeps no token in readable form', async () => {
    const { email } = await signUp()
    const stranger = newAddress()
    const token = await askForReset(email)
    const answer = await server.client().mutate('auth.requestPasswordReset', { email: stranger })
    expect([answer.status, answer.data]).toEqual([200, { ok: true }])
    expect(await countMails(stranger)).toBe(0)
    const { rows } = await server.db.superuser.pool.query<{ found: string }>(
      `SELECT (SELECT coalesce(string_agg(t::text, ''), '') FROM one_time_tokens t)
         || (SELECT coalesce(string_agg(o::text, ''), '') FROM outbox o)
         || (SELECT coalesce(string_agg(j::text, ''), '') FROM graphile_worker.jobs j) AS found`,
    )
    expect(rows[0]?.found).toContain(email)
    expect(rows[0]?.found).not.toContain(token)
    expect(rows[0]?.found).not.toContain(Buffer.from(token).toString('hex'))
  })

  it('refuses a weak password without using the link up, and a newer link ends an older one', async () => {
    const { email } = await signUp()
    const older = await askForReset(email)
    const token = await askForReset(email)
    expect((await reset(older)).error?.data.reason).toBe('LINK_REFUSED')
    const weak = await reset(token, 'short')
    expect([weak.status, weak.error?.data.reason]).toEqual([400, 'WEAK_PASSWORD'])
    expect(Object.keys(weak.error?.data.fields ?? {})).toEqual(['password'])
    expect((await reset(token)).status).toBe(200)
  })

  it('ends after half an hour, and made-up links open nothing', async () => {
    const { email, userId } = await signUp()
    const token = await askForReset(email)
    clockMs += 30 * MINUTE_MS
    for (const tried of [token, makeToken({ userId }).token, 'x'.repeat(64), 'x', `${token}=`]) {
      const { status, error } = await reset(tried)
      expect([status, error?.data.reason]).toEqual([422, 'LINK_REFUSED'])
    }
    for (const bad of [{}, { token: '' }, { token: 7 }, { token: 'x'.repeat(201), password: 'x' }]) {
      const { status, error } = await server.client().mutate('auth.resetPassword', bad)
      expect([status, error?.data.reason]).toEqual([400, 'INVALID_INPUT'])
    }
  })

  it('is not blocked by a lock on signing in, nor is a session', async () => {
    const { email, client } = await signUp()
    for (let tries = 0; tries < 6; tries += 1) await login(email, 'not the password 1')
    expect((await login(email)).status).toBe(429)
    expect((await client.query('settings.get')).status).toBe(200)
    expect((await reset(await askForReset(email))).status).toBe(200)
    expect((await login(email, NEW_PASSWORD)).status).toBe(200)
  })

  it('brings an account back that its owner had switched off, and none that an administrator had', async () => {
    const { email, client, userId } = await signUp()
    await client.mutateData('users.deactivateMe')
    expect((await login(email)).error?.data.reason).toBe('WRONG_CREDENTIALS')
    expect((await reset(await askForReset(email))).status).toBe(200)
    expect((await login(email, NEW_PASSWORD)).status).toBe(200)
    await admin.signIn({ email: 'first@example.org' })
    await admin.mutateData('admin.users.setActive', { userId, isActive: false })
    const before = await countMails(email)
    await server.client().mutateData('auth.requestPasswordReset', { email })
    expect(await countMails(email)).toBe(before)
    await admin.mutateData('admin.users.setActive', { userId, isActive: true })
    expect((await login(email, NEW_PASSWORD)).status).toBe(200)
  })
})
