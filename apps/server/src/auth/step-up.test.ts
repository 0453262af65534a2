import type { PublicKeyCredentialRequestOptionsJSON } from '@simplewebauthn/server'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { proceduresOf } from '../api-page.ts'
import { appRouter } from '../router.ts'
import { enableTotp } from '../testing/authenticator-app.ts'
import { createSoftwareAuthenticator } from '../testing/software-authenticator.ts'
import { startTestServer, type TestServer } from '../testing/start-test-server.ts'
import { TEST_PASSWORD, type TestClient } from '../testing/test-client.ts'
import type { SecondFactorAsked } from './second-factor-ask.ts'

const ORIGIN = 'https://trade.example.org'
const MINUTES_MS = 60_000

let server: TestServer
let clockMs = Math.floor(Date.now() / 30_000) * 30_000

beforeAll(async () => {
  server = await startTestServer({ now: () => new Date(clockMs), env: { publicUrl: ORIGIN } })
})
afterAll(() => server.close())
beforeEach(() => server.db.superuser.pool.query('DELETE FROM sign_in_attempts'))

/** Five minutes after the sign-in, with an access token that is good. */
async function signUpAndWait() {
  const client = server.client()
  const user = await client.signUp()
  clockMs += 5 * MINUTES_MS
  return { client, user }
}

/** A procedure that wants a step-up, and what it answers behind it to somebody without a second factor. */
async function tryIt(client: TestClient) {
  const { status, error } = await client.mutate('secondFactors.newRecoveryCodes')
  return [status, error?.data.reason]
}
const REFUSED = [403, 'STEP_UP_REQUIRED']
const LET_THROUGH = [409, 'NO_SECOND_FACTOR']

describe('a procedure that wants a step-up', () => {
  it('lets a fresh sign-in through for five minutes, and no longer', async () => {
    const client = server.client()
    await client.signUp()
    clockMs += 5 * MINUTES_MS - 1
    expect(await tryIt(client)).toEqual(LET_THROUGH)
    clockMs += 1
    expect(await tryIt(client)).toEqual(REFUSED)
  })

  it('is not let through by a refresh', async () => {
    const { client } = await signUpAndWait()
    await client.mutateData('auth.refresh')
    expect(await tryIt(client)).toEqual(REFUSED)
  })

  it('is one of those that change keys, tokens, second factors or the account', () => {
    const paths = proceduresOf(appRouter).flatMap(({ path, meta }) => (meta.stepUp ? [path] : []))
    expect(paths).toEqual(
      expect.arrayContaining([
        ...['apiKeys.add', 'apiKeys.replace', 'apiKeys.delete', 'apiTokens.create', 'users.deleteMe'],
        ...['secondFactors.totpStart', 'secondFactors.totpDisable', 'secondFactors.newRecoveryCodes'],
        ...['secondFactors.passkeyStart', 'secondFactors.passkeyDelete'],
      ]),
    )
  })

  it('is refused in each case before its input does anything', async () => {
    const { client } = await signUpAndWait()
    const id = '00000000-0000-7000-8000-000000000000'
    const inputs: Record<string, unknown> = {
      'apiKeys.add': { exchangeId: 'paper', credentials: { apiKey: 'a', secret: 'b' } },
      'apiKeys.replace': { apiKeyId: id, credentials: { apiKey: 'a', secret: 'b' } },
      'apiKeys.delete': { apiKeyId: id },
      'apiTokens.create': { name: 'x', scopes: ['read'], expiresInDays: 1 },
      'users.deleteMe': { password: TEST_PASSWORD, confirmation: 'a@example.org' },
      'secondFactors.passkeyDelete': { passkeyId: id },
    }
    for (const [path, input] of Object.entries(inputs)) {
      const { status, error } = await client.mutate(path, input)
      expect([path, status, error?.data.reason]).toEqual([path, ...REFUSED])
    }
  })

  it('still tells nobody from somebody', async () => {
    const { status, error } = await server.client().mutate('secondFactors.newRecoveryCodes')
    expect([status, error?.data.reason]).toEqual([401, 'SIGN_IN_REQUIRED'])
  })
})

describe('auth.stepUp', () => {
  it('takes the password, for this session alone', async () => {
    const { client, user } = await signUpAndWait()
    const elsewhere = server.client()
    await elsewhere.signIn(user)
    clockMs += 5 * MINUTES_MS
    await client.mutateData('auth.refresh')
    expect(await client.mutateData('auth.stepUp', { password: TEST_PASSWORD })).toEqual({
      until: new Date(clockMs + 5 * MINUTES_MS).toISOString(),
    })
    expect(await tryIt(client)).toEqual(LET_THROUGH)
    expect(await tryIt(elsewhere)).toEqual(REFUSED)
  })

  it('refuses a wrong password, notes it, and makes whoever guesses wait', async () => {
    const { client, user } = await signUpAndWait()
    const reasons: (string | undefined)[] = []
    for (let count = 0; count < 6; count += 1) {
      const { error } = await client.mutate('auth.stepUp', { password: 'not the password 1' })
      reasons.push(error?.data.reason)
    }
    expect(reasons).toEqual([...Array(5).fill('WRONG_PASSWORD'), 'TOO_MANY_ATTEMPTS'])
    expect(await tryIt(client)).toEqual(REFUSED)
    const { rowCount } = await server.db.superuser.pool.query(
      "SELECT FROM audit_log WHERE user_id = $1 AND action = 'auth.step-up-failed'",
      [user.userId],
    )
    expect(rowCount).toBe(5)
    expect((await server.client().signIn(user)).userId).toBe(user.userId)
  })

  it('takes a code of the authenticator app once, and a recovery code', async () => {
    const client = server.client()
    await client.signUp()
    const { app, recoveryCodes } = await enableTotp(client, { now: new Date(clockMs) })
    clockMs += 5 * MINUTES_MS
    const code = app.codeAt(new Date(clockMs))
    const start = () => client.mutate('secondFactors.totpStart')
    expect((await start()).status).toBe(403)
    const answers = await Promise.all(Array.from({ length: 5 }, () => client.mutate('auth.stepUp', { code })))
    expect(answers.filter((answer) => answer.status === 200)).toHaveLength(1)
    expect((await start()).status).toBe(200)
    await server.db.superuser.pool.query('DELETE FROM sign_in_attempts')
    await client.mutateData('auth.stepUp', { code: recoveryCodes[0] })
    expect((await client.mutate('auth.stepUp', { code: recoveryCodes[0] })).error?.data.reason).toBe(
      'WRONG_CODE',
    )
  })

  it('takes a code while strangers who guess at a sign-in have to wait, and makes those who guess here wait', async () => {
    const client = server.client()
    const { email } = await client.signUp()
    const { app } = await enableTotp(client, { now: new Date(clockMs) })
    clockMs += 5 * MINUTES_MS
    const stranger = server.client()
    const input = { email, password: TEST_PASSWORD }
    const { challengeToken } = await stranger.mutateData<SecondFactorAsked>('auth.login', input)
    const sixTimes = async (guess: () => ReturnType<TestClient['mutate']>) => {
      const reasons: (string | undefined)[] = []
      for (let count = 0; count < 6; count += 1) reasons.push((await guess()).error?.data.reason)
      return reasons
    }
    const code = '000000'
    const locked = [...Array(5).fill('WRONG_CODE'), 'TOO_MANY_ATTEMPTS']
    const strangers = () => stranger.mutate('auth.loginSecondFactor', { challengeToken, code })
    expect(await sixTimes(strangers)).toEqual(locked)
    await client.mutateData('auth.stepUp', { code: app.codeAt(new Date(clockMs)) })
    expect(await sixTimes(() => client.mutate('auth.stepUp', { code }))).toEqual(locked)
  })

  it('takes a passkey once, from the session that was asked', async () => {
    const device = createSoftwareAuthenticator({ origin: ORIGIN, counts: false })
    const [client, elsewhere] = [server.client(), server.client()]
    const user = await client.signUp()
    await elsewhere.signIn(user)
    const { error } = await client.mutate('auth.stepUpPasskeyOptions')
    expect(error?.data.reason).toBe('NO_PASSKEY')
    const creation = await client.mutateData<{ options: Parameters<typeof device.create>[0] }>(
      'secondFactors.passkeyStart',
    )
    const { passkey: key, response } = device.create(creation.options)
    await client.mutateData('secondFactors.passkeyFinish', { response, name: 'x' })
    clockMs += 5 * MINUTES_MS
    const { options } = await client.mutateData<{ options: PublicKeyCredentialRequestOptionsJSON }>(
      'auth.stepUpPasskeyOptions',
    )
    const input = { passkey: device.get(key, options) }
    expect((await elsewhere.mutate('auth.stepUp', input)).error?.data.reason).toBe('CHALLENGE_ENDED')
    const forged = await client.mutate('auth.stepUp', { passkey: device.get(key, options, { forged: true }) })
    expect(forged.error?.data.reason).toBe('PASSKEY_REFUSED')
    const answers = await Promise.all(Array.from({ length: 50 }, () => client.mutate('auth.stepUp', input)))
    expect(answers.filter((answer) => answer.status === 200)).toHaveLength(1)
    expect((await client.mutate('secondFactors.newRecoveryCodes')).status).toBe(200)
  })

  it.each([
    [{}, 'password'],
    [{ password: 'x', code: 'y' }, 'password'],
    [{ password: '' }, 'password'],
    [{ code: '' }, 'code'],
    [{ code: 7 }, 'code'],
    [{ passkey: 'x' }, 'passkey'],
  ])('says what is wrong with %j', async (input, field) => {
    const client = server.client()
    await client.signUp()
    const { status, error } = await client.mutate('auth.stepUp', input)
    expect([status, error?.data.reason]).toEqual([400, 'INVALID_INPUT'])
    expect(error?.data.fields?.[field]).toMatch(/^[A-Z].*\.$/)
  })
})
