import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { sendAccountNoticeJob } from '../notice/account-notice.job.ts'
import { enableTotp, openAuthenticatorApp } from '../testing/authenticator-app.ts'
import { contextFor } from '../testing/exchange-fixtures.ts'
import { startTestServer, type TestServer } from '../testing/start-test-server.ts'
import { TEST_PASSWORD, type TestClient } from '../testing/test-client.ts'
import type { SecondFactorAsked } from './second-factor-ask.ts'
import { proveByCode } from './second-factor-proof.ts'
import type { SecondFactors } from './second-factor-schemas.ts'
import type { StartedTotp } from './totp-start.ts'

const STEP_MS = 30_000
let server: TestServer
let clockMs = Math.floor(Date.now() / STEP_MS) * STEP_MS

beforeAll(async () => {
  server = await startTestServer({ now: () => new Date(clockMs) })
})
afterAll(() => server.close())
beforeEach(async () => {
  clockMs += 10 * STEP_MS
  await server.db.superuser.pool.query('DELETE FROM sign_in_attempts')
})

function now(): Date {
  return new Date(clockMs)
}

/** Somebody with an authenticator app whose next code is a fresh one. */
async function signUpWithTotp() {
  const client = server.client()
  const user = await client.signUp()
  const enabled = await enableTotp(client, { now: now() })
  clockMs += 2 * STEP_MS
  return { client, user, ...enabled }
}

async function ask(email: string, client = server.client()): Promise<SecondFactorAsked> {
  return client.mutateData<SecondFactorAsked>('auth.login', { email, password: TEST_PASSWORD })
}

async function reasonOf(answer: ReturnType<TestClient['mutate']>): Promise<string> {
  const { error } = await answer
  return error?.data.reason ?? 'none'
}

async function auditOf(userId: string): Promise<string[]> {
  const { rows } = await server.db.superuser.pool.query<{ action: string }>(
    'SELECT action FROM audit_log WHERE user_id = $1 ORDER BY seq',
    [userId],
  )
  return rows.map((row) => row.action)
}

describe('an authenticator app', () => {
  it('counts from its first right code on, which gives ten recovery codes and is used up', async () => {
    const client = server.client()
    const { email, userId } = await client.signUp()
    const started = await client.mutateData<StartedTotp>('secondFactors.totpStart')
    expect(started.secret).toMatch(/^[A-Z2-7]{32}$/)
    expect(started.otpauthUrl).toContain(`secret=${started.secret}&issuer=OpenTrade`)
    expect(started.qrSvg).toMatch(/^<svg .*<\/svg>$/s)
    expect((await server.client().signIn({ email })).email).toBe(email)

    const code = openAuthenticatorApp(started).codeAt(now())
    expect(await reasonOf(client.mutate('secondFactors.totpConfirm', { code: '000000' }))).toBe('WRONG_CODE')
    const { recoveryCodes } = await client.mutateData<{ recoveryCodes: string[] }>(
      'secondFactors.totpConfirm',
      {
        code: `${code.slice(0, 3)} ${code.slice(3)}`,
      },
    )
    expect(new Set(recoveryCodes).size).toBe(10)
    for (const each of recoveryCodes) expect(each).toMatch(/^([A-Z2-7]{4}-){3}[A-Z2-7]{4}$/)
    expect(await client.queryData<SecondFactors>('secondFactors.list')).toEqual({
      ...{ totp: { enabled: true, createdAt: now().toISOString() }, recoveryCodesLeft: 10, passkeys: [] },
    })
    const { challengeToken } = await ask(email)
    expect(await reasonOf(server.client().mutate('auth.loginSecondFactor', { challengeToken, code }))).toBe(
      'WRONG_CODE',
    )
    expect(await auditOf(userId)).toEqual(
      expect.arrayContaining(['vault.opened', 'second-factor.totp-enabled', 'auth.second-factor-failed']),
    )
  })

  it('keeps its secret sealed: no table holds it in clear', async () => {
    const client = server.client()
    const { userId } = await client.signUp()
    const { secret } = await client.mutateData<StartedTotp>('secondFactors.totpStart')
    const { rows } = await server.db.superuser.pool.query<{ sealed: Buffer }>(
      'SELECT secret_encrypted AS sealed FROM second_factors WHERE user_id = $1',
      [userId],
    )
    expect(rows).toHaveLength(1)
    expect(rows[0]?.sealed.includes(secret)).toBe(false)
  })

  it('is not started twice: the later start counts, and one that took too long does not', async () => {
    const client = server.client()
    await client.signUp()
    const first = openAuthenticatorApp(await client.mutateData<StartedTotp>('secondFactors.totpStart'))
    const second = openAuthenticatorApp(await client.mutateData<StartedTotp>('secondFactors.totpStart'))
    expect(await reasonOf(client.mutate('secondFactors.totpConfirm', { code: first.codeAt(now()) }))).toBe(
      'WRONG_CODE',
    )
    clockMs += 15 * 60_000
    await client.mutateData('auth.refresh')
    expect(await reasonOf(client.mutate('secondFactors.totpConfirm', { code: second.codeAt(now()) }))).toBe(
      'TOTP_NOT_STARTED',
    )
  })

  it('may be started anew while a code is on its way, which is then refused and no fault of ours', async () => {
    const client = server.client()
    await client.signUp()
    await client.mutateData('secondFactors.totpStart')
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        index % 2 === 0
          ? client.mutate('secondFactors.totpStart')
          : client.mutate('secondFactors.totpConfirm', { code: '000000' }),
      ),
    )
    for (const { status } of answers) expect([200, 409, 422, 429]).toContain(status)
  })

  it('may be replaced by another one without a gap', async () => {
    const { client, user, app, recoveryCodes } = await signUpWithTotp()
    const next = openAuthenticatorApp(await client.mutateData<StartedTotp>('secondFactors.totpStart'))
    const old = await ask(user.email)
    const browser = server.client()
    await browser.mutateData('auth.loginSecondFactor', { ...pick(old), code: app.codeAt(now()) })
    await client.mutateData('secondFactors.totpConfirm', { code: next.codeAt(now()) })
    clockMs += 2 * STEP_MS
    const asked = await ask(user.email)
    for (const code of [app.codeAt(now()), recoveryCodes[0]]) {
      expect(await reasonOf(browser.mutate('auth.loginSecondFactor', { ...pick(asked), code }))).toBe(
        'WRONG_CODE',
      )
    }
    await browser.mutateData('auth.loginSecondFactor', { ...pick(asked), code: next.codeAt(now()) })
  })
})

function pick({ challengeToken }: SecondFactorAsked) {
  return { challengeToken }
}

describe('the second step of a sign-in', () => {
  it('comes after the password, which sets no cookie, and signs in as it was asked to', async () => {
    const { user, app } = await signUpWithTotp()
    const client = server.client()
    const input = { email: user.email, password: TEST_PASSWORD, keepSignedIn: true }
    const asked = await client.mutateData<SecondFactorAsked>('auth.login', input)
    expect(asked).toEqual({
      challenge: 'second-factor',
      challengeToken: expect.stringMatching(/^[\w-]{64}$/),
      methods: ['totp', 'recovery'],
    })
    expect(client.cookies.size).toBe(0)
    const answer = await client.mutate('auth.loginSecondFactor', { ...pick(asked), code: app.codeAt(now()) })
    expect(answer.data).toEqual({ user: { ...user, secondFactor: true } })
    expect(answer.headers.getSetCookie()[1]).toMatch(/Max-Age=2592000;/)
    expect((await client.query('settings.get')).status).toBe(200)
  })

  it('takes the codes beside this one, and none further away', async () => {
    const { user, app } = await signUpWithTotp()
    const results: string[] = []
    for (const drift of [-2, 2, -1, 0, 1]) {
      const code = app.codeAt(new Date(clockMs + drift * STEP_MS))
      const asked = await ask(user.email)
      results.push(await reasonOf(server.client().mutate('auth.loginSecondFactor', { ...pick(asked), code })))
      await server.db.superuser.pool.query('DELETE FROM sign_in_attempts')
    }
    expect(results).toEqual(['WRONG_CODE', 'WRONG_CODE', 'none', 'none', 'none'])
  })

  it('takes a code once, and no older one after it', async () => {
    const { user, app } = await signUpWithTotp()
    const results: string[] = []
    for (const drift of [1, 1, 0]) {
      const code = app.codeAt(new Date(clockMs + drift * STEP_MS))
      const asked = await ask(user.email)
      results.push(await reasonOf(server.client().mutate('auth.loginSecondFactor', { ...pick(asked), code })))
    }
    expect(results).toEqual(['none', 'WRONG_CODE', 'WRONG_CODE'])
  })

  it('ends its challenge once, after five minutes, and for another browser at another place', async () => {
    const { user, app, recoveryCodes } = await signUpWithTotp()
    const client = server.client()
    const used = await ask(user.email)
    await client.mutateData('auth.loginSecondFactor', { ...pick(used), code: app.codeAt(now()) })
    const late = await ask(user.email)
    const moved = await ask(user.email)
    await server.db.superuser.pool.query(
      "UPDATE second_factor_challenges SET ip = '192.0.2.1', user_agent = 'other' WHERE user_id = $1 AND challenge_hash = sha256($2)",
      [user.userId, Buffer.from(moved.challengeToken)],
    )
    const [code] = recoveryCodes
    expect(await reasonOf(client.mutate('auth.loginSecondFactor', { ...pick(used), code }))).toBe(
      'CHALLENGE_ENDED',
    )
    expect(await reasonOf(client.mutate('auth.loginSecondFactor', { ...pick(moved), code }))).toBe(
      'CHALLENGE_ENDED',
    )
    clockMs += 5 * 60_000
    expect(await reasonOf(client.mutate('auth.loginSecondFactor', { ...pick(late), code }))).toBe(
      'CHALLENGE_ENDED',
    )
    const made = Buffer.alloc(48, 7).toString('base64url')
    for (const challengeToken of ['x', made, `${late.challengeToken}A`]) {
      expect(await reasonOf(client.mutate('auth.loginSecondFactor', { challengeToken, code }))).toBe(
        'CHALLENGE_ENDED',
      )
    }
    expect((await client.queryData<SecondFactors>('secondFactors.list')).recoveryCodesLeft).toBe(10)
  })

  it('makes a guesser wait after five codes, whom a new sign-in does not help, and not a passkey', async () => {
    const { user, app } = await signUpWithTotp()
    const reasons: string[] = []
    for (let count = 0; count < 6; count += 1) {
      const asked = await ask(user.email)
      const input = { ...pick(asked), code: '000000' }
      reasons.push(await reasonOf(server.client().mutate('auth.loginSecondFactor', input)))
    }
    expect(reasons).toEqual([...Array(5).fill('WRONG_CODE'), 'TOO_MANY_ATTEMPTS'])
    clockMs += 2_000
    const asked = await ask(user.email)
    await server.client().mutateData('auth.loginSecondFactor', { ...pick(asked), code: app.codeAt(now()) })
  })

  it('refuses a person who was deactivated after the password', async () => {
    const { user, app } = await signUpWithTotp()
    const asked = await ask(user.email)
    await server.db.superuser.pool.query('UPDATE users SET is_active = false WHERE user_id = $1', [
      user.userId,
    ])
    const answer = server
      .client()
      .mutate('auth.loginSecondFactor', { ...pick(asked), code: app.codeAt(now()) })
    expect(await reasonOf(answer)).toBe('CHALLENGE_ENDED')
  })

  it.each([
    {},
    { challengeToken: 'x' },
    { challengeToken: 'x', code: '' },
    { challengeToken: 'x', code: 'y'.repeat(51) },
    { challengeToken: 7, code: '000000' },
    { challengeToken: 'x', code: '000000', passkey: {} },
    { challengeToken: 'x', passkey: { id: '!', rawId: '!', type: 'public-key', response: {} } },
  ])('says what is wrong with %j', async (input) => {
    const { status, error } = await server.client().mutate('auth.loginSecondFactor', input)
    expect([status, error?.data.reason]).toEqual([400, 'INVALID_INPUT'])
    for (const sentence of Object.values(error?.data.fields ?? {})) expect(sentence).toMatch(/^[A-Z].*\.$/)
  })
})

describe('a recovery code', () => {
  it('signs in once, however it is typed', async () => {
    const { user, recoveryCodes } = await signUpWithTotp()
    const [code = ''] = recoveryCodes
    const client = server.client()
    const first = await ask(user.email)
    const typed = ` ${code.toLowerCase().replaceAll('-', ' ')} `
    await client.mutateData('auth.loginSecondFactor', { ...pick(first), code: typed })
    const second = await ask(user.email)
    expect(await reasonOf(server.client().mutate('auth.loginSecondFactor', { ...pick(second), code }))).toBe(
      'WRONG_CODE',
    )
    expect((await client.queryData<SecondFactors>('secondFactors.list')).recoveryCodesLeft).toBe(9)
  })

  it('is nobody else’s', async () => {
    const [one, other] = [await signUpWithTotp(), await signUpWithTotp()]
    const asked = await ask(other.user.email)
    const input = { ...pick(asked), code: one.recoveryCodes[0] }
    expect(await reasonOf(server.client().mutate('auth.loginSecondFactor', input))).toBe('WRONG_CODE')
  })

  it('is worth nothing once new ones were made', async () => {
    const { client, user, recoveryCodes } = await signUpWithTotp()
    const renewed = await client.mutateData<{ recoveryCodes: string[] }>('secondFactors.newRecoveryCodes')
    const asked = await ask(user.email)
    const [old, fresh] = [recoveryCodes[0], renewed.recoveryCodes[0]]
    const reasons = [
      await reasonOf(server.client().mutate('auth.loginSecondFactor', { ...pick(asked), code: old })),
      await reasonOf(server.client().mutate('auth.loginSecondFactor', { ...pick(asked), code: fresh })),
    ]
    expect(reasons).toEqual(['WRONG_CODE', 'none'])
  })

  it('is not made for somebody without a second factor', async () => {
    const client = server.client()
    await client.signUp()
    expect(await reasonOf(client.mutate('secondFactors.newRecoveryCodes'))).toBe('NO_SECOND_FACTOR')
  })
})

describe('the last second factor', () => {
  it('takes the recovery codes and its data key with it, and the password is enough again', async () => {
    const { client, user } = await signUpWithTotp()
    await client.mutateData('secondFactors.totpDisable')
    expect(await client.queryData<SecondFactors>('secondFactors.list')).toEqual({
      ...{ totp: { enabled: false, createdAt: null }, recoveryCodesLeft: 0, passkeys: [] },
    })
    expect(await reasonOf(client.mutate('secondFactors.totpDisable'))).toBe('NOT_FOUND')
    const { rowCount } = await server.db.superuser.pool.query('SELECT FROM data_keys WHERE user_id = $1', [
      user.userId,
    ])
    expect(rowCount).toBe(0)
    expect((await server.client().signIn({ email: user.email })).secondFactor).toBe(false)
  })

  it('goes with an account that is deleted', async () => {
    await server.client().signUp()
    const { client, user } = await signUpWithTotp()
    await client.mutateData('users.deleteMe', { password: TEST_PASSWORD, confirmation: user.email })
    for (const table of ['second_factors', 'recovery_codes', 'data_keys', 'users']) {
      const { rowCount } = await server.db.superuser.pool.query(`SELECT FROM ${table} WHERE user_id = $1`, [
        user.userId,
      ])
      expect([table, rowCount]).toEqual([table, 0])
    }
  })
})

describe('a change of second factors', () => {
  it('is told to the person by mail', async () => {
    const withJobs = await startTestServer({ worker: [sendAccountNoticeJob], now })
    const client = withJobs.client()
    const { email } = await client.signUp()
    await enableTotp(client, { now: now() })
    const mails = () =>
      withJobs.db.superuser.pool.query<{ text: string }>(
        "SELECT body_text AS text FROM outbox WHERE to_address = $1 AND subject = 'How you sign in was changed'",
        [email],
      )
    await expect.poll(async () => (await mails()).rowCount, { interval: 20 }).toBe(1)
    expect((await mails()).rows[0]?.text).toContain('An authenticator app was set up')
    await withJobs.close()
  })
})

describe('a hundred at once', () => {
  it('get one session from one challenge and code', async () => {
    const { user, app } = await signUpWithTotp()
    const input = { ...pick(await ask(user.email)), code: app.codeAt(now()) }
    const answers = await Promise.all(
      Array.from({ length: 100 }, () => server.client().mutate('auth.loginSecondFactor', input)),
    )
    expect(answers.filter((answer) => answer.status === 200)).toHaveLength(1)
  })

  it.each(['totp', 'recovery'])('spend one %s code once, whatever the limit of tries', async (kind) => {
    const { user, app, recoveryCodes } = await signUpWithTotp()
    const { services, actor } = contextFor(server, user)
    const code = kind === 'totp' ? app.codeAt(now()) : (recoveryCodes[0] ?? '')
    const proofs = await Promise.all(
      Array.from({ length: 100 }, () => proveByCode({ services, actor, code, reason: 'test' })),
    )
    const results = await Promise.allSettled(
      proofs.map((proof) => services.db.withUserSql(user.userId, (client) => proof.spend(client))),
    )
    expect(results.filter((result) => result.status === 'fulfilled')).toHaveLength(1)
  })

  it('use up one of several codes that answer one challenge', async () => {
    const { user, recoveryCodes } = await signUpWithTotp()
    const asked = await ask(user.email)
    const answers = await Promise.all(
      recoveryCodes
        .slice(0, 5)
        .map((code) => server.client().mutate('auth.loginSecondFactor', { ...pick(asked), code })),
    )
    expect(answers.filter((answer) => answer.status === 200)).toHaveLength(1)
    const { rowCount } = await server.db.superuser.pool.query(
      'SELECT FROM recovery_codes WHERE user_id = $1 AND used_at IS NOT NULL',
      [user.userId],
    )
    expect(rowCount).toBe(1)
  })

  it('wait in line with whatever else changes the account: no two wait for each other', async () => {
    const { client } = await signUpWithTotp()
    const paths = ['newRecoveryCodes', 'totpStart', 'totpDisable'].map((name) => `secondFactors.${name}`)
    const all = [...paths, 'sessions.revokeOthers', 'users.updateProfile']
    const reasons = await Promise.all(
      Array.from({ length: 50 }, (_, at) => reasonOf(client.mutate(all[at % all.length] ?? '', {}))),
    )
    expect(['none', 'NOT_FOUND', 'NO_SECOND_FACTOR']).toEqual(expect.arrayContaining([...new Set(reasons)]))
  })

  it('confirm one authenticator app once', async () => {
    const client = server.client()
    const user = await client.signUp()
    const app = openAuthenticatorApp(await client.mutateData<StartedTotp>('secondFactors.totpStart'))
    const answers = await Promise.all(
      Array.from({ length: 100 }, () =>
        client.mutate('secondFactors.totpConfirm', { code: app.codeAt(now()) }),
      ),
    )
    expect(answers.filter((answer) => answer.status === 200)).toHaveLength(1)
    const { rowCount } = await server.db.superuser.pool.query(
      'SELECT FROM recovery_codes WHERE user_id = $1',
      [user.userId],
    )
    expect(rowCount).toBe(10)
  })
})
