import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type LoopbackIssuer, startLoopbackIssuer } from '../testing/loopback-issuer.ts'
import { startTestServer, type TestServer } from '../testing/start-test-server.ts'
import type { TestClient } from '../testing/test-client.ts'
import type { IdentityInfo } from './identity-rows.ts'
import { readIdentityProviders } from './identity-settings.ts'
import type { User } from './schemas.ts'

const OURS = 'https://trade.example.org'
let issuer: LoopbackIssuer
let server: TestServer

beforeAll(async () => {
  issuer = await startLoopbackIssuer({ now: () => new Date(), claims: { azp: OURS } })
  const identityProviders = readIdentityProviders({
    CLERK_ISSUER: issuer.issuer,
    CLERK_AUTHORIZED_PARTIES: OURS,
    CLERK_PUBLISHABLE_KEY: 'pk_test_1',
  })
  server = await startTestServer({ env: { identityProviders } })
  await server.client().signUp()
})
afterAll(async () => {
  await server.close()
  await issuer.close()
})

const subject = () => `user_${crypto.randomUUID()}`

async function signIn(claims: Record<string, unknown>) {
  const client = server.client()
  const answer = await client.mutate<{ user: User }>('auth.loginIdentity', {
    token: await issuer.sign(claims),
  })
  return { client, answer }
}

describe('auth.loginIdentity', () => {
  it('makes an account the first time, and signs in to the same one ever after', async () => {
    const sub = subject()
    const email = `${sub}@example.org`
    const { client, answer } = await signIn({ sub, email, email_verified: true, name: 'Ada' })
    expect(answer.data?.user).toMatchObject({ email, displayName: 'Ada', role: 'user', hasPassword: false })
    expect((await client.query('wallets.list')).status).toBe(200)
    const again = await signIn({ sub, email: 'another@example.org', email_verified: true })
    expect(again.answer.data?.user).toMatchObject({ userId: answer.data?.user.userId, email })
    const log = await client.queryData<{ entries: { action: string }[] }>('audit.list', {})
    expect(log.entries.map((entry) => entry.action)).toEqual(
      expect.arrayContaining(['auth.signed-up', 'auth.signed-in']),
    )
  })

  it('takes no address on somebody’s bare word: the account has none that mail reaches', async () => {
    const victim = await server.client().signUp()
    const { answer } = await signIn({ sub: subject(), email: victim.email })
    expect(answer.status).toBe(200)
    expect(answer.data?.user.userId).not.toBe(victim.userId)
    expect(answer.data?.user.email).toBe(`${answer.data?.user.userId}@identity.invalid`)
    expect(answer.data?.user.emailVerified).toBe(false)
  })

  it('opens no account by its address, even a verified one: that is for its owner to link', async () => {
    const owner = server.client()
    const { email, userId } = await owner.signUp()
    const sub = subject()
    const claims = { sub, email: email.toUpperCase(), email_verified: true }
    const refused = await signIn(claims)
    expect(refused.answer.status).toBe(409)
    expect(refused.answer.error?.data.reason).toBe('IDENTITY_EMAIL_TAKEN')
    expect(refused.client.cookies.size).toBe(0)
    await owner.mutateData('users.linkIdentity', { token: await issuer.sign(claims) })
    expect((await signIn(claims)).answer.data?.user.userId).toBe(userId)
  })

  it('makes one account of a hundred sign-ins at once', async () => {
    const sub = subject()
    const token = await issuer.sign({ sub, email: `${sub}@example.org`, email_verified: true })
    const answers = await Promise.all(
      Array.from({ length: 100 }, () =>
        server.client().mutate<{ user: User }>('auth.loginIdentity', { token }),
      ),
    )
    expect(new Set(answers.map((answer) => answer.status))).toEqual(new Set([200]))
    expect(new Set(answers.map((answer) => answer.data?.user.userId)).size).toBe(1)
  })

  it('refuses a deactivated person as it refuses a bad token', async () => {
    const sub = subject()
    const { answer } = await signIn({ sub })
    await server.db.superuser.pool.query('UPDATE users SET is_active = false WHERE user_id = $1', [
      answer.data?.user.userId,
    ])
    const refused = await signIn({ sub })
    const bad = await signIn({ sub, azp: 'https://evil.example.org' })
    expect(refused.answer.status).toBe(401)
    expect(refused.answer.error).toEqual(bad.answer.error)
  })

  it('makes no account where nobody may sign up', async () => {
    const { pool } = server.db.superuser
    const mode = `INSERT INTO installation_settings (setting_key, setting_value) VALUES ('sign-up-mode', '"closed"')`
    await pool.query(mode)
    const { answer } = await signIn({ sub: subject() })
    await pool.query(`DELETE FROM installation_settings WHERE setting_key = 'sign-up-mode'`)
    expect(answer.error?.data.reason).toBe('SIGN_UP_CLOSED')
  })

  it('says which issuers there are, to anyone', async () => {
    expect(await server.client().queryData('auth.identityProviders')).toEqual([
      {
        ...{ id: 'clerk', name: 'Clerk', kind: 'clerk', issuer: issuer.issuer, publishableKey: 'pk_test_1' },
        canOpen: false,
      },
    ])
  })

  it('answers an issuer that is down as such', async () => {
    const down = await startLoopbackIssuer({ now: () => new Date(), claims: { azp: OURS } })
    const token = await down.sign()
    await down.close()
    const identityProviders = readIdentityProviders({
      CLERK_ISSUER: down.issuer,
      CLERK_AUTHORIZED_PARTIES: OURS,
    })
    const other = await startTestServer({ env: { identityProviders } })
    const answer = await other.client().mutate('auth.loginIdentity', { token })
    await other.close()
    expect([answer.status, answer.error?.data.reason]).toEqual([503, 'IDENTITY_PROVIDER_DOWN'])
  })
})

/** As if the person had confirmed who they are with something else than the account that was unlinked. */
async function confirmedNow(client: TestClient) {
  const { user } = await client.queryData<{ user: User }>('auth.me')
  await server.db.superuser.pool.query('UPDATE sessions SET verified_at = now() WHERE user_id = $1', [
    user.userId,
  ])
}

describe('linked identities', () => {
  it('are listed, and go but for the last way in', async () => {
    const sub = subject()
    const { client } = await signIn({ sub })
    const identities = await client.queryData<IdentityInfo[]>('users.identities')
    expect(identities).toMatchObject([{ provider: 'clerk', issuer: issuer.issuer, subject: sub }])
    const last = await client.mutate('users.unlinkIdentity', { issuer: issuer.issuer, subject: sub })
    expect([last.status, last.error?.data.reason]).toEqual([422, 'LAST_SIGN_IN'])
    expect(await client.queryData('users.identities')).toEqual(identities)
    const second = await issuer.sign({ sub: subject() })
    expect(await client.mutateData('users.linkIdentity', { token: second })).toHaveLength(2)
    expect(await client.mutateData('users.linkIdentity', { token: second })).toHaveLength(2)
    expect(
      await client.mutateData('users.unlinkIdentity', { issuer: issuer.issuer, subject: sub }),
    ).toHaveLength(1)
    const again = { issuer: issuer.issuer, subject: sub }
    const unconfirmed = await client.mutate('users.unlinkIdentity', again)
    expect(unconfirmed.error?.data.reason).toBe('STEP_UP_REQUIRED')
    await confirmedNow(client)
    expect((await client.mutate('users.unlinkIdentity', again)).status).toBe(404)
  })

  it('leave a passkey that is the last way in where it is', async () => {
    const sub = subject()
    const { client } = await signIn({ sub })
    const userId = (await client.queryData<{ user: User }>('auth.me')).user.userId
    const { passkeyId } = await server.db.superuser.prisma.passkey.create({
      data: {
        ...{ userId, name: 'last', counter: 0, transports: [], backedUp: false },
        credentialId: Buffer.from('last'),
        publicKey: Buffer.from('key'),
      },
    })
    await client.mutateData('users.unlinkIdentity', { issuer: issuer.issuer, subject: sub })
    await confirmedNow(client)
    const last = await client.mutate('secondFactors.passkeyDelete', { passkeyId })
    expect([last.status, last.error?.data.reason]).toEqual([422, 'LAST_SIGN_IN'])
    expect(await client.queryData('secondFactors.list')).toMatchObject({ passkeys: [{ passkeyId }] })
  })

  it('are one person’s each', async () => {
    const sub = subject()
    const { client: first } = await signIn({ sub })
    const second = server.client()
    await second.signUp()
    const taken = await second.mutate('users.linkIdentity', { token: await issuer.sign({ sub }) })
    expect([taken.status, taken.error?.data.reason]).toEqual([409, 'IDENTITY_TAKEN'])
    expect(
      (await second.mutate('users.unlinkIdentity', { issuer: issuer.issuer, subject: sub })).status,
    ).toBe(404)
    expect(await first.queryData('users.identities')).toHaveLength(1)
  })
})
