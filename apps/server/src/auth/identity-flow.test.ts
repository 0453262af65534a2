import { createHmac } from 'node:crypto'
import { UnsecuredJWT } from 'jose'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type CallbackInput, leaveFor } from '../testing/identity-journey.ts'
import { type LoopbackIssuer, startLoopbackIssuer } from '../testing/loopback-issuer.ts'
import { startTestServer, type TestServer } from '../testing/start-test-server.ts'
import type { TestClient } from '../testing/test-client.ts'
import { IDENTITY_FLOW_COOKIE } from './cookie-names.ts'
import { forgetExpiredJob } from './forget-expired.job.ts'
import type { IdentityInfo } from './identity-rows.ts'
import { readIdentityProviders } from './identity-settings.ts'
import type { User } from './schemas.ts'

const OURS = 'https://trade.example.org'
const MINUTE_MS = 60_000

let clerk: LoopbackIssuer
let company: LoopbackIssuer
let server: TestServer
let clockMs = Date.now()
const now = () => new Date(clockMs)

beforeAll(async () => {
  clerk = await startLoopbackIssuer({ now, claims: { azp: OURS } })
  company = await startLoopbackIssuer({ now })
  const redirect = (id: string) => [`${OURS}/sign-in-with/${id}/callback`]
  clerk.register({ clientId: 'clerk-app', clientSecret: 'a:b c', redirectUris: redirect('clerk') })
  company.register({ clientId: 'ours', clientSecret: 'secret', redirectUris: redirect('oidc-1') })
  company.register({ clientId: 'other', clientSecret: null, redirectUris: redirect('oidc-1') })
  const identityProviders = readIdentityProviders({
    CLERK_ISSUER: clerk.issuer,
    CLERK_AUTHORIZED_PARTIES: OURS,
    CLERK_CLIENT_ID: 'clerk-app',
    CLERK_CLIENT_SECRET: 'a:b c',
    OIDC_ISSUERS: JSON.stringify([
      { name: 'Company', issuer: company.issuer, clientId: 'ours', clientSecret: 'secret' },
      { name: 'Paste', issuer: 'https://id.example.org', audience: 'x' },
    ]),
  })
  server = await startTestServer({ env: { identityProviders, publicUrl: OURS }, now })
  await server.client().signUp()
})
beforeEach(async () => {
  company.people(somebody())
  // All of them come from one address, which would be made to wait.
  await server.db.superuser.pool.query('DELETE FROM sign_in_attempts')
})
afterEach(() => {
  company.misbehave()
  company.serve()
})
afterAll(async () => {
  await server.close()
  await clerk.close()
  await company.close()
})

function somebody() {
  const sub = `user_${crypto.randomUUID()}`
  return { sub, email: `${sub}@example.org`, email_verified: true, name: 'Ada' }
}

interface Entered {
  purpose: 'sign-in'
  next: string | null
  entered: { user: User } & { challenge?: string; challengeToken?: string }
}

function finish<Output = Entered>(client: TestClient, callback: object) {
  return client.mutate<Output>('auth.finishIdentity', callback)
}

async function reasonOf(answer: ReturnType<typeof finish>) {
  const { status, error } = await answer
  return [status, error?.data.reason]
}

/** Signs in from beginning to end. */
async function enter(client: TestClient, input: object = { providerId: 'oidc-1' }) {
  return finish(client, await leaveFor(client, { input }))
}

async function withOtherCookie(client: TestClient, value: string, callback: CallbackInput) {
  client.cookies.set(IDENTITY_FLOW_COOKIE, value)
  return reasonOf(finish(client, callback))
}

describe('a sign-in at a provider', () => {
  it('makes an account the first time, and signs in to the same one ever after', async () => {
    const person = somebody()
    company.people(person)
    const client = server.client()
    const { data } = await enter(client, { providerId: 'oidc-1', next: '/wallets?a=1#b', keepSignedIn: true })
    expect(data).toMatchObject({
      ...{ purpose: 'sign-in', next: '/wallets?a=1#b' },
      entered: { user: { email: person.email, displayName: 'Ada', hasPassword: false } },
    })
    expect(client.cookies.has(IDENTITY_FLOW_COOKIE)).toBe(false)
    expect(await client.queryData('sessions.list')).toMatchObject([{ keepSignedIn: true }])
    const again = await enter(server.client())
    expect(again.data?.entered.user.userId).toBe(data?.entered.user.userId)
    expect(again.data?.next).toBeNull()
  })

  it('asks with PKCE, state and nonce, for what the settings say, and in words of no secret', async () => {
    const client = server.client()
    const answer = await client.mutate<{ url: string }>('auth.startIdentity', { providerId: 'oidc-1' })
    const { origin, pathname, searchParams } = new URL(answer.data?.url ?? '')
    expect(`${origin}${pathname}`).toBe(`${company.issuer}/authorize`)
    expect(Object.fromEntries(searchParams)).toEqual({
      ...{ client_id: 'ours', response_type: 'code', scope: 'openid email profile' },
      redirect_uri: `${OURS}/sign-in-with/oidc-1/callback`,
      code_challenge: expect.stringMatching(/^[\w-]{43}$/),
      code_challenge_method: 'S256',
      state: expect.stringMatching(/^[\w-]{43}$/),
      nonce: expect.stringMatching(/^[\w-]{43}$/),
    })
    const [cookie = ''] = answer.headers.getSetCookie()
    expect(cookie).toMatch(
      /^__Host-opentrade-identity=[\w-]+; Max-Age=600; Path=\/; Secure; HttpOnly; SameSite=Lax$/,
    )
    expect(cookie.length).toBeLessThan(4_000)
  })

  it('works with Clerk by its ID token, which has no azp; as a session token the same is refused', async () => {
    const person = somebody()
    clerk.people(person)
    const client = server.client()
    const { data } = await enter(client, { providerId: 'clerk' })
    expect(data?.entered.user.email).toBe(person.email)
    const idToken = await clerk.sign({ ...person, aud: 'clerk-app', azp: undefined })
    const brought = await server.client().mutate('auth.loginIdentity', { token: idToken })
    expect(brought.error?.data.reason).toBe('IDENTITY_REFUSED')
    const token = await clerk.sign({ sub: person.sub })
    const { user } = await server.client().mutateData<{ user: User }>('auth.loginIdentity', { token })
    expect(user.userId).toBe(data?.entered.user.userId)
  })

  it('takes no ID token of the client that somebody brings: it would answer nobody’s nonce', async () => {
    const token = await company.sign({ ...somebody(), aud: 'ours' })
    const { error } = await server.client().mutate('auth.loginIdentity', { token })
    expect(error?.data.reason).toBe('IDENTITY_REFUSED')
  })

  it('asks the provider for what the ID token leaves out', async () => {
    const { sub, email, name } = somebody()
    company.people({ sub, userinfo: { email, email_verified: true, name } })
    const { data } = await enter(server.client())
    expect(data?.entered.user).toMatchObject({ email, emailVerified: true, displayName: name })
  })

  it('goes on to the second factor of the account', async () => {
    const client = server.client()
    const { data } = await enter(client)
    const userId = data?.entered.user.userId ?? ''
    await server.db.superuser.prisma.passkey.create({
      data: {
        ...{ userId, name: 'mine', counter: 0, transports: [], backedUp: false },
        ...{ credentialId: Buffer.from(userId), publicKey: Buffer.from('key') },
      },
    })
    await client.mutate('auth.logout', {})
    const asked = await enter(client)
    expect(asked.data?.entered).toMatchObject({ challenge: 'second-factor' })
    expect((await client.query('wallets.list')).status).toBe(401)
  })

  it('holds to who may sign up, and takes an invitation along', async () => {
    const admin = server.client()
    const { userId } = await admin.signUp()
    const { pool } = server.db.superuser
    await pool.query("UPDATE users SET role = 'admin' WHERE user_id = $1", [userId])
    await pool.query(
      `INSERT INTO installation_settings (setting_key, setting_value) VALUES ('sign-up-mode', '"invitation"')`,
    )
    await admin.mutate('auth.refresh', {})
    const { link } = await admin.mutateData<{ link: string }>('admin.invitations.create', {
      expiresInDays: 1,
    })
    const invitation = new URLSearchParams(new URL(link).hash.slice(1)).get('invitation')
    expect(await reasonOf(enter(server.client()))).toEqual([403, 'INVITATION_REFUSED'])
    const { data } = await enter(server.client(), { providerId: 'oidc-1', invitation })
    expect(data?.entered.user.hasPassword).toBe(false)
    await pool.query(`DELETE FROM installation_settings WHERE setting_key = 'sign-up-mode'`)
  })

  it('says what the provider said: denied, or not able to', async () => {
    const said: [string, number, string][] = [
      ['access_denied', 422, 'IDENTITY_DENIED'],
      ['server_error', 503, 'IDENTITY_PROVIDER_DOWN'],
      ['temporarily_unavailable', 503, 'IDENTITY_PROVIDER_DOWN'],
      ['invalid_scope', 401, 'IDENTITY_REFUSED'],
    ]
    for (const [error, ...refusal] of said) {
      company.misbehave({ error })
      expect([error, ...(await reasonOf(enter(server.client())))]).toEqual([error, ...refusal])
    }
  })

  it('leads nowhere else afterwards, and to nobody that is no provider or cannot be opened', async () => {
    for (const next of [
      'https://evil.example.org',
      '//evil.example.org',
      '/\\evil.example.org',
      '/.//evil.example.org',
      '/wallets/..//evil.example.org',
      'wallets',
      '',
      7,
    ]) {
      const answer = await server.client().mutate('auth.startIdentity', { providerId: 'oidc-1', next })
      expect([next, answer.error?.data.reason]).toEqual([next, 'INVALID_INPUT'])
    }
    for (const providerId of ['nobody', 'oidc-2', '../x', '__proto__']) {
      const answer = await server.client().mutate('auth.startIdentity', { providerId })
      expect([providerId, answer.status]).toEqual([providerId, 404])
    }
  })

  it('says which providers can be opened', async () => {
    const list = await server.client().queryData<{ id: string; canOpen: boolean }[]>('auth.identityProviders')
    expect(list.map(({ id, canOpen }) => [id, canOpen])).toEqual([
      ['clerk', true],
      ['oidc-1', true],
      ['oidc-2', false],
    ])
    expect(JSON.stringify(list)).not.toContain('secret')
  })
})

describe('what comes back from a provider', () => {
  it('counts in the browser that went there alone, and with its own state', async () => {
    const client = server.client()
    const callback = await leaveFor(client)
    const before = company.redeemed()
    const lost = [422, 'IDENTITY_FLOW_LOST']
    expect(await reasonOf(finish(server.client(), callback))).toEqual(lost)
    const other = server.client()
    await leaveFor(other)
    expect(await reasonOf(finish(other, callback))).toEqual(lost)
    expect(await reasonOf(finish(client, { ...callback, state: 'x'.repeat(43) }))).toEqual(lost)
    expect(await reasonOf(finish(client, { ...callback, providerId: 'clerk' }))).toEqual(lost)
    for (const state of ['\ud800', '\u0000', 'ä', '', 'x'.repeat(201)]) {
      expect(await reasonOf(finish(client, { ...callback, state }))).toEqual([400, 'INVALID_INPUT'])
    }
    expect(company.redeemed()).toBe(before)
    // None of these has ended the journey of its own browser.
    expect((await finish(client, callback)).status).toBe(200)
  })

  it('counts once, and its code once, too', async () => {
    const client = server.client()
    const callback = await leaveFor(client)
    const kept = client.cookies.get(IDENTITY_FLOW_COOKIE) ?? ''
    expect((await finish(client, callback)).status).toBe(200)
    expect(await withOtherCookie(client, kept, callback)).toEqual([422, 'IDENTITY_FLOW_LOST'])
    const { code } = callback
    const next = await leaveFor(client)
    expect(await reasonOf(finish(client, { ...next, code }))).toEqual([401, 'IDENTITY_REFUSED'])
  })

  it('is of no use with a code of somebody else’s journey: it is held to the browser that began', async () => {
    const [victim, thief] = [server.client(), server.client()]
    const { code } = await leaveFor(victim)
    const own = await leaveFor(thief)
    expect(await reasonOf(finish(thief, { ...own, code }))).toEqual([401, 'IDENTITY_REFUSED'])
  })

  it('goes on for one of a hundred at once', async () => {
    const client = server.client()
    const callback = await leaveFor(client)
    const cookie = [...client.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const before = company.redeemed()
    const statuses = await Promise.all(
      Array.from({ length: 100 }, async () => {
        const response = await server.client().fetch('/trpc/auth.finishIdentity', {
          method: 'POST',
          headers: { 'content-type': 'application/json', cookie },
          body: JSON.stringify(callback),
        })
        return response.status
      }),
    )
    expect(statuses.filter((status) => status === 200)).toHaveLength(1)
    expect(company.redeemed()).toBe(before + 1)
  })

  it('is too late after ten minutes', async () => {
    const [early, late] = [server.client(), server.client()]
    const callbacks = [await leaveFor(early), await leaveFor(late)]
    clockMs += 10 * MINUTE_MS - 1_000
    expect((await finish(early, callbacks[0] ?? {})).status).toBe(200)
    clockMs += 1_000
    expect(await reasonOf(finish(late, callbacks[1] ?? {}))).toEqual([422, 'IDENTITY_FLOW_LOST'])
  })

  it('leaves nothing behind when it never comes', async () => {
    await leaveFor(server.client())
    clockMs += 10 * MINUTE_MS
    const { services } = server
    const signal = AbortSignal.timeout(20_000)
    await forgetExpiredJob.run({ services, payload: {}, log: services.log, signal })
    const { rowCount } = await server.db.superuser.pool.query(
      'SELECT FROM identity_flows WHERE expires_at < $1',
      [now()],
    )
    expect(rowCount).toBe(0)
  })

  it('is refused with a cookie that was made up or changed', async () => {
    const client = server.client()
    const callback = await leaveFor(client)
    const kept = client.cookies.get(IDENTITY_FLOW_COOKIE) ?? ''
    const flow = JSON.parse(Buffer.from(kept, 'base64url').toString())
    const seal = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
    const lost = [422, 'IDENTITY_FLOW_LOST']
    for (const value of [
      seal({ ...flow, keepSignedIn: true }),
      seal({ ...flow, purpose: 'x' }),
      'x',
      seal(null),
    ]) {
      expect(await withOtherCookie(client, value, callback)).toEqual(lost)
    }
    expect((await finish(client, { ...callback })).status).toBe(422)
    client.cookies.set(IDENTITY_FLOW_COOKIE, kept)
    expect((await finish(client, callback)).status).toBe(200)
  })

  it('is refused when the ID token is not the answer to our question', async () => {
    const { publicJwk } = company.key()
    const hmac = (claims: object) => {
      const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
      const input = `${part({ alg: 'HS256', kid: 'first' })}.${part(claims)}`
      return `${input}.${createHmac('sha256', publicJwk.n ?? '')
        .update(input)
        .digest('base64url')}`
    }
    const seconds = () => Math.floor(clockMs / 1_000)
    const wrong = [
      { claims: { nonce: 'x'.repeat(43) } },
      { claims: { nonce: undefined } },
      { claims: { nonce: 7 } },
      { claims: { aud: 'other' } },
      { claims: { aud: ['ours', 'other'] } },
      { claims: { azp: 'other' } },
      { claims: { iss: clerk.issuer } },
      { claims: { sub: undefined } },
      { claims: { exp: seconds() - 5 } },
      { claims: { iat: seconds() + 60 } },
      { sign: hmac },
      { sign: (claims: Record<string, unknown>) => new UnsecuredJWT(claims).encode() },
      { sign: (claims: Record<string, unknown>) => clerk.sign({ ...claims }, { kid: 'first' }) },
      { iss: clerk.issuer },
      { token: { status: 200, body: '{"access_token":"a","token_type":"Bearer"}' } },
      { token: { status: 400, body: '{"error":"invalid_grant"}' } },
    ]
    for (const misbehaviour of wrong) {
      company.misbehave(misbehaviour)
      const client = server.client()
      expect([misbehaviour, await reasonOf(enter(client))]).toEqual([misbehaviour, [401, 'IDENTITY_REFUSED']])
      expect(client.cookies.size).toBe(0)
    }
    company.misbehave({ claims: { aud: ['ours', 'other'], azp: 'ours' } })
    expect((await enter(server.client())).status).toBe(200)
  })

  it('is answered as such when the provider is down', async () => {
    const down = [503, 'IDENTITY_PROVIDER_DOWN']
    const answers = [
      { status: 500, body: '{"error":"invalid_grant"}' },
      { status: 302, body: '', headers: { location: 'http://127.0.0.1:1/' } },
      { status: 200, body: 'x'.repeat(200_000) },
    ]
    for (const token of answers) {
      company.misbehave({ token })
      expect([token.status, await reasonOf(enter(server.client()))]).toEqual([token.status, down])
    }
    company.misbehave({ token: 'silent' })
    expect(await reasonOf(enter(server.client()))).toEqual(down)
    // Nobody’s tries: an office would lose its other ways to sign in, too.
    const { rows } = await server.db.superuser.pool.query('SELECT tries FROM sign_in_attempts')
    expect(rows).toEqual([{ tries: 0 }])
  })
})

describe('a further account', () => {
  const link = {
    procedure: 'users.startIdentityLink',
    input: { providerId: 'oidc-1', next: '/settings/security' },
  }

  it('is linked by the same way, signs in as the same person then, and is nobody else’s', async () => {
    const client = server.client()
    const { userId } = await client.signUp()
    const { data } = await finish<{ identities: IdentityInfo[] }>(client, await leaveFor(client, link))
    expect(data).toMatchObject({
      purpose: 'link',
      next: '/settings/security',
      identities: [{ provider: 'oidc' }],
    })
    expect((await enter(server.client())).data?.entered.user.userId).toBe(userId)
    const other = server.client()
    await other.signUp()
    expect(await reasonOf(finish(other, await leaveFor(other, link)))).toEqual([409, 'IDENTITY_TAKEN'])
  })

  it('is linked to nobody but who began: not to another, not without a session', async () => {
    const [owner, other] = [server.client(), server.client()]
    await owner.signUp()
    await other.signUp()
    const callback = await leaveFor(owner, link)
    const kept = owner.cookies.get(IDENTITY_FLOW_COOKIE) ?? ''
    expect(await withOtherCookie(other, kept, callback)).toEqual([422, 'IDENTITY_FLOW_LOST'])
    expect(await withOtherCookie(server.client(), kept, callback)).toEqual([401, 'SIGN_IN_REQUIRED'])
    expect(await other.queryData('users.identities')).toEqual([])
    // Neither has ended it, and who had to sign in again goes on.
    expect((await finish(owner, callback)).status).toBe(200)
  })

  it('has its provider ask who it is', async () => {
    const client = server.client()
    await client.signUp()
    const { url } = await client.mutateData<{ url: string }>(link.procedure, link.input)
    expect(new URL(url).searchParams.get('prompt')).toBe('login')
  })
})

describe('somebody without a password', () => {
  const stepUp = { procedure: 'auth.startIdentityStepUp' }

  it('shows again who they are at their provider, and may then delete their account', async () => {
    const client = server.client()
    const { data } = await enter(client)
    const { email = '', userId } = data?.entered.user ?? {}
    clockMs += 6 * MINUTE_MS
    const remove = () => client.mutate('users.deleteMe', { confirmation: email })
    expect((await remove()).error?.data.reason).toBe('STEP_UP_REQUIRED')
    const { url } = await client.mutateData<{ url: string }>(stepUp.procedure, { providerId: 'oidc-1' })
    expect(Object.fromEntries(new URL(url).searchParams)).toMatchObject({ prompt: 'login', max_age: '0' })
    const { status, data: shown } = await finish(client, await leaveFor(client, stepUp))
    expect([status, shown]).toMatchObject([200, { purpose: 'step-up', until: expect.any(String) }])
    const wrong = await client.mutate('users.deleteMe', { confirmation: 'delete' })
    expect(wrong.error?.data.reason).toBe('CONFIRMATION_WRONG')
    expect((await remove()).data).toEqual({ ok: true })
    const { rowCount } = await server.db.superuser.pool.query('SELECT FROM users WHERE user_id = $1', [
      userId,
    ])
    expect(rowCount).toBe(0)
  })

  it('has shown nothing by a sign-in when the provider says that it did not ask them', async () => {
    const person = somebody()
    company.people(person)
    company.misbehave({ claims: { auth_time: Math.floor(clockMs / 1_000) - 360 } })
    const client = server.client()
    await enter(client)
    const remove = () => client.mutate('users.deleteMe', { confirmation: person.email })
    expect((await remove()).error?.data.reason).toBe('STEP_UP_REQUIRED')
    company.misbehave({ claims: { auth_time: Math.floor(clockMs / 1_000) - 240 } })
    await enter(client)
    expect((await remove()).data).toEqual({ ok: true })
  })

  it('types a word to delete an account that has no address', async () => {
    const { sub } = somebody()
    company.people({ sub })
    const client = server.client()
    const email = (await enter(client)).data?.entered.user.email
    const wrong = await client.mutate('users.deleteMe', { confirmation: email })
    expect(wrong.error?.data.fields).toEqual({ confirmation: 'Type “delete” to confirm.' })
    expect((await client.mutate('users.deleteMe', { confirmation: ' Delete ' })).data).toEqual({ ok: true })
  })

  it('shows nothing with an account that is not theirs, or where the provider asked nobody', async () => {
    const client = server.client()
    const person = somebody()
    company.people(person)
    await enter(client)
    clockMs += 6 * MINUTE_MS
    company.people(somebody())
    expect(await reasonOf(finish(client, await leaveFor(client, stepUp)))).toEqual([
      422,
      'IDENTITY_NOT_YOURS',
    ])
    company.people(person)
    company.misbehave({ claims: { auth_time: Math.floor(clockMs / 1_000) - 360 } })
    expect(await reasonOf(finish(client, await leaveFor(client, stepUp)))).toEqual([422, 'IDENTITY_STALE'])
    expect((await client.mutate('users.deleteMe', { confirmation: person.email })).status).toBe(403)
    const log = await client.queryData<{ entries: { action: string }[] }>('audit.list', {})
    expect(log.entries.filter(({ action }) => action === 'auth.step-up-failed')).toHaveLength(2)
    company.misbehave({ claims: { auth_time: undefined } })
    expect((await finish(client, await leaveFor(client, stepUp))).status).toBe(200)
  })

  it('is what it takes: with a password there is a better proof', async () => {
    const client = server.client()
    const user = await client.signUp()
    const answer = await client.mutate(stepUp.procedure, { providerId: 'oidc-1' })
    expect(answer.error?.data.reason).toBe('PASSWORD_EXISTS')
    const remove = await client.mutate('users.deleteMe', { confirmation: user.email })
    expect(remove.error?.data).toMatchObject({
      reason: 'PASSWORD_NEEDED',
      fields: { password: expect.any(String) },
    })
  })
})

it('tells the operator, and nobody else, that the provider does not take our secret', async () => {
  const lines: string[] = []
  const identityProviders = readIdentityProviders({
    OIDC_ISSUERS: JSON.stringify([
      { name: 'Company', issuer: company.issuer, clientId: 'ours', clientSecret: 'not the secret' },
    ]),
  })
  const onLog = (line: string) => lines.push(line)
  const other = await startTestServer({ env: { identityProviders, publicUrl: OURS }, now, onLog })
  const answer = await enter(other.client())
  await other.close()
  expect(answer.error?.data.reason).toBe('IDENTITY_REFUSED')
  expect(JSON.stringify(answer.error)).not.toContain('client')
  const warnings = lines.filter((line) => line.includes('did not let us redeem'))
  expect(warnings).toHaveLength(1)
  expect(warnings[0]).toContain('invalid_client')
  expect(lines.join('')).not.toContain('not the secret')
})
