import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { enableTotp } from '../testing/authenticator-app.ts'
import { holdLocks } from '../testing/held-locks.ts'
import { addPasskey } from '../testing/person-with-every-proof.ts'
import { createSoftwareAuthenticator } from '../testing/software-authenticator.ts'
import { startTestServer, type TestServer } from '../testing/start-test-server.ts'
import { type Answer, TEST_PASSWORD, type TestClient } from '../testing/test-client.ts'
import { sendEmailChangeJob } from '../user/send-email-change.job.ts'
import { sendPasswordResetJob } from './send-password-reset.job.ts'

const ORIGIN = 'https://trade.example.org'
const STEP_MS = 30_000
const NEW_PASSWORD = 'violet harbour tractor 9'

let server: TestServer
let admin: TestClient
let clockMs = Math.floor(Date.now() / STEP_MS) * STEP_MS
const now = () => new Date(clockMs)

beforeAll(async () => {
  server = await startTestServer({ now, env: { publicUrl: ORIGIN } })
  admin = server.client()
  await admin.signUp()
})
beforeEach(() => server.db.superuser.pool.query('DELETE FROM sign_in_attempts'))
afterAll(() => server.close())

async function signUp() {
  const client = server.client()
  return { client, ...(await client.signUp()) }
}

const reasonOf = ({ error }: Answer<unknown>) => error?.data.reason
const device = createSoftwareAuthenticator({ origin: ORIGIN, counts: false })
const createToken = (client: TestClient) =>
  client.mutate('apiTokens.create', { name: 'x', scopes: ['read'], expiresInDays: 1 })
const changePassword = (client: TestClient) =>
  client.mutate('users.changePassword', { currentPassword: TEST_PASSWORD, newPassword: NEW_PASSWORD })

/** Does something while a job stands still before it locks the person's row. */
async function whileHeld<Result>(start: () => Promise<Result>, act: () => Promise<unknown>): Promise<Result> {
  const held = holdLocks(server.db, 1)
  const started = start()
  try {
    await held.reached
    await act()
  } finally {
    held.release()
  }
  return started
}

async function linksOf(userId: string): Promise<string[]> {
  const { rows } = await server.db.superuser.pool.query<{ purpose: string }>(
    'SELECT purpose FROM one_time_tokens WHERE user_id = $1 AND used_at IS NULL',
    [userId],
  )
  return rows.map(({ purpose }) => purpose)
}

function runJob<Payload>(
  job: {
    run: (o: {
      services: TestServer['services']
      payload: Payload
      log: TestServer['services']['log']
      signal: AbortSignal
    }) => Promise<void>
  },
  payload: Payload,
): Promise<void> {
  const { services } = server
  return job.run({ services, payload, log: services.log, signal: new AbortController().signal })
}

describe('what a session has confirmed', () => {
  it('with the old password counts no more once it is changed, in the session that changes it, too', async () => {
    const { client } = await signUp()
    expect((await changePassword(client)).status).toBe(200)
    expect(reasonOf(await createToken(client))).toBe('STEP_UP_REQUIRED')
    await client.mutateData('auth.stepUp', { password: NEW_PASSWORD })
    expect((await createToken(client)).status).toBe(200)
  })

  it('with a factor counts no more once that is removed, and else goes on counting', async () => {
    const { client } = await signUp()
    const { app } = await enableTotp(client, { now: now() })
    clockMs += STEP_MS
    const { passkeyId } = await addPasskey(client, device)
    await client.mutateData('secondFactors.passkeyDelete', { passkeyId })
    expect((await createToken(client)).status).toBe(200)
    await client.mutateData('auth.stepUp', { code: app.codeAt(now()) })
    await client.mutateData('secondFactors.totpDisable')
    expect(reasonOf(await createToken(client))).toBe('STEP_UP_REQUIRED')
  })
})

describe('a password that is being checked', () => {
  it('signs nobody in without the second factor that was added meanwhile', async () => {
    const { client, email } = await signUp()
    const other = server.client()
    const { data } = await whileHeld(
      () => other.mutate('auth.login', { email, password: TEST_PASSWORD }),
      () => addPasskey(client, device),
    )
    expect(data).toMatchObject({ challenge: 'second-factor' })
    expect(other.cookies.size).toBe(0)
  })
})

describe('a session that an older version of the server has opened', () => {
  it('ends with any proof that is removed, since nobody knows what it rests on', async () => {
    const { client, userId, email } = await signUp()
    const old = server.client()
    await old.signIn({ email })
    const { passkeyId } = await addPasskey(client, device)
    await server.db.superuser.pool.query(
      'UPDATE sessions SET opened_by = NULL, verified_by = NULL WHERE user_id = $1',
      [userId],
    )
    await client.mutateData('secondFactors.passkeyDelete', { passkeyId })
    expect((await old.mutate('auth.refresh')).status).toBe(401)
    expect((await client.mutate('auth.refresh')).status).toBe(200)
    expect(reasonOf(await createToken(client))).toBe('STEP_UP_REQUIRED')
  })
})

describe('a link', () => {
  it('to another address is not sent once the password is changed, however late the job runs', async () => {
    const { client, userId } = await signUp()
    await client.mutateData('users.changeEmail', { email: 'theirs@example.org' })
    const { rows } = await server.db.superuser.pool.query<{ payload: never }>(
      `SELECT payload FROM graphile_worker._private_jobs WHERE payload ->> 'userId' = $1 AND payload::jsonb ? 'version'`,
      [userId],
    )
    expect(rows).toHaveLength(1)
    await changePassword(client)
    for (const { payload } of rows) await runJob(sendEmailChangeJob, payload)
    expect(await linksOf(userId)).toEqual([])
  })

  it('to an address that the person has left is not made, even while they leave it', async () => {
    const { client, userId, email } = await signUp()
    await client.mutateData('users.changeEmail', { email: `new-${email}` })
    await whileHeld(
      () => runJob(sendPasswordResetJob, { email, ip: null }),
      () =>
        server.db.superuser.pool.query('UPDATE users SET email = $2 WHERE user_id = $1', [
          userId,
          `new-${email}`,
        ]),
    )
    expect(await linksOf(userId)).toEqual([])
  })
})

describe('what an administrator does', () => {
  it.each([
    ['admin.users.setRole', { role: 'admin' }],
    ['admin.users.setActive', { isActive: false }],
    ['admin.users.requireReset', {}],
    ['admin.invitations.create', { expiresInDays: 1 }],
  ])(
    'by %s is not done once they are none any more, though the call was let through before',
    async (path, input) => {
      // Rows are locked in the order of their ids: theirs first, and then the administrator's.
      const { userId } = await signUp()
      const other = await signUp()
      await admin.mutateData('admin.users.setRole', { userId: other.userId, role: 'admin' })
      await other.client.signIn(other)
      const isOfUser = path.startsWith('admin.users.')
      const answer = await whileHeld(
        () => other.client.mutate(path, isOfUser ? { userId, ...input } : input),
        async () => {
          await admin.mutateData('admin.users.setRole', { userId: other.userId, role: 'user' })
        },
      )
      expect(answer.status).toBe(isOfUser ? 403 : 401)
      const { rows } = await server.db.superuser.pool.query(
        `SELECT role, is_active AS "isActive", password_hash IS NOT NULL AS "hasPassword" FROM users WHERE user_id = $1`,
        [userId],
      )
      expect(rows).toEqual([{ role: 'user', isActive: true, hasPassword: true }])
    },
  )

  it('to another is done by one of two who act on each other, and neither waits for ever', async () => {
    const other = await signUp()
    const { userId } = (await admin.queryData<{ user: { userId: string } }>('auth.me')).user
    for (let round = 0; round < 5; round += 1) {
      await admin.mutateData('admin.users.setRole', { userId: other.userId, role: 'admin' })
      await other.client.signIn(other)
      const answers = await Promise.all([
        admin.mutate('admin.users.setRole', { userId: other.userId, role: 'user' }),
        other.client.mutate('admin.users.setActive', { userId, isActive: false }),
      ])
      const reasons = answers.map((answer) => reasonOf(answer) ?? 'done')
      expect(reasons.filter((reason) => reason === 'done')).toHaveLength(1)
      expect(reasons).not.toContain('CHANGED_MEANWHILE')
      await server.db.superuser.pool.query(
        `UPDATE users SET is_active = true, deactivated_by = NULL, role = CASE WHEN user_id = $1 THEN 'admin' ELSE 'user' END
         WHERE user_id IN ($1, $2)`,
        [userId, other.userId],
      )
      const { rows } = await server.db.superuser.pool.query<{ email: string }>(
        'SELECT email FROM users WHERE user_id = $1',
        [userId],
      )
      await admin.signIn({ email: rows[0]?.email ?? '' })
    }
  })
})

describe('the source', () => {
  const folder = fileURLToPath(new URL('..', import.meta.url))
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.ts$/.test(file) && !/\.test\.ts$|^testing\//.test(file))
    .map((file) => ({ file: file.replaceAll('\\', '/'), text: readFileSync(`${folder}/${file}`, 'utf8') }))
  const withText = (pattern: RegExp) =>
    files.flatMap(({ file, text }) => (pattern.test(text) ? [file] : [])).toSorted()

  it('gives sessions, challenges, links, API tokens and step-ups in one place each, to whom a lock has shown good', () => {
    const giving =
      /INSERT INTO (sessions|second_factor_challenges|one_time_tokens|api_tokens)\b|verified_at = \$/
    expect(withText(giving)).toEqual([
      'auth/create-api-token.ts',
      'auth/one-time-tokens.ts',
      'auth/second-factor-challenge.ts',
      'auth/sessions.ts',
      'auth/step-up.ts',
    ])
    for (const { file, text } of files)
      if (giving.test(text)) expect([file, /\b(ProvenUser|LockedUser)\b/.test(text)]).toEqual([file, true])
  })

  it('changes what signs somebody in nowhere without ending what rests on it', () => {
    const changing =
      /UPDATE users (u )?SET (password_hash|email|role|is_active)\b|DELETE FROM (passkeys|user_identities)\b|deleteTotp\(|deleteRecoveryCodes\(|replaceRecoveryCodes\(/
    const others = withText(changing).filter(
      (file) => !/endWhatRestsOn\(/.test(files.find((each) => each.file === file)?.text ?? ''),
    )
    expect(others).toEqual([
      // Switches an account on again, for which everything ended when it was switched off.
      'admin/set-active.ts',
      // The same password in another form.
      'auth/login.ts',
      // What the others call.
      ...['auth/recovery-codes.ts', 'auth/second-factor-change.ts', 'auth/totp-rows.ts'],
      // Forgets a secret that does not count yet.
      'auth/totp-start.ts',
    ])
  })
})
