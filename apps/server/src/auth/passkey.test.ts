import type {
  PublicKeyCredentialCreationOptionsJSON,
  PublicKeyCredentialRequestOptionsJSON,
} from '@simplewebauthn/server'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import {
  createSoftwareAuthenticator,
  type Deviation,
  type SoftwarePasskey,
} from '../testing/software-authenticator.ts'
import { startTestServer, type TestServer } from '../testing/start-test-server.ts'
import { TEST_PASSWORD, type TestClient } from '../testing/test-client.ts'
import { forgetExpiredJob } from './forget-expired.job.ts'
import type { User } from './schemas.ts'
import type { SecondFactorAsked } from './second-factor-ask.ts'
import type { Passkey, SecondFactors } from './second-factor-schemas.ts'
import { uuidBytes } from './uuid-bytes.ts'

const ORIGIN = 'https://trade.example.org'
const device = createSoftwareAuthenticator({ origin: ORIGIN })

let server: TestServer
let clockMs = Date.now()

beforeAll(async () => {
  server = await startTestServer({ now: () => new Date(clockMs), env: { publicUrl: ORIGIN } })
})
afterAll(() => server.close())
beforeEach(() => server.db.superuser.pool.query('DELETE FROM sign_in_attempts'))

interface Creation {
  options: PublicKeyCredentialCreationOptionsJSON
}
interface Request {
  challengeToken: string
  options: PublicKeyCredentialRequestOptionsJSON
}
interface Added {
  passkey: Passkey
  recoveryCodes: string[] | null
}

async function addPasskey(
  client: TestClient,
  { name = 'Laptop', on = device } = {},
): Promise<Added & { key: SoftwarePasskey }> {
  const { options } = await client.mutateData<Creation>('secondFactors.passkeyStart')
  const { passkey: key, response } = on.create(options)
  return { ...(await client.mutateData<Added>('secondFactors.passkeyFinish', { response, name })), key }
}

async function signUpWithPasskey(on = device) {
  const client = server.client()
  const user = await client.signUp()
  return { client, user, ...(await addPasskey(client, { on })) }
}

async function signIn(o: { key: SoftwarePasskey; deviation?: Deviation; on?: typeof device }) {
  const client = server.client()
  const { challengeToken, options } = await client.mutateData<Request>('auth.passkeyOptions')
  const response = (o.on ?? device).get(o.key, options, o.deviation)
  const answer = await client.mutate<{ user: User }>('auth.loginPasskey', { challengeToken, response })
  return { ...answer, reason: answer.error?.data.reason, client }
}

describe('making a passkey', () => {
  it('asks for one that the device finds by itself, with the person verified, for this site', async () => {
    const client = server.client()
    const user = await client.signUp({ displayName: 'Ada' })
    const { options } = await client.mutateData<Creation>('secondFactors.passkeyStart')
    expect(options).toMatchObject({
      rp: { id: 'trade.example.org', name: 'OpenTrade' },
      user: {
        id: uuidBytes(user.userId).toString('base64url'),
        name: user.email,
        displayName: 'Ada',
      },
      attestation: 'none',
      authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
      excludeCredentials: [],
    })
    expect(Buffer.from(options.challenge, 'base64url')).toHaveLength(32)
  })

  it('keeps several with names, gives recovery codes with the first, and says which are there', async () => {
    const { client, user, passkey, recoveryCodes, key } = await signUpWithPasskey()
    expect(recoveryCodes).toHaveLength(10)
    const second = await addPasskey(client, { name: ' Phone ' })
    expect(second.recoveryCodes).toBeNull()
    const { options } = await client.mutateData<Creation>('secondFactors.passkeyStart')
    expect(options.excludeCredentials?.map(({ id }) => id)).toEqual([key.id, second.key.id])
    const renamed = await client.mutateData('secondFactors.passkeyRename', {
      ...{ passkeyId: passkey.passkeyId, name: 'Old laptop' },
    })
    expect(renamed).toEqual({ ...passkey, name: 'Old laptop' })
    expect(await client.queryData<SecondFactors>('secondFactors.list')).toEqual({
      totp: { enabled: false, createdAt: null },
      recoveryCodesLeft: 10,
      passkeys: [renamed, { ...second.passkey, name: 'Phone' }],
    })
    expect(await client.queryData('auth.me')).toEqual({ user: { ...user, secondFactor: true } })
  })

  it.each<[string, Deviation]>([
    ['another origin', { origin: 'https://evil.example' }],
    ['another port', { origin: `${ORIGIN}:8443` }],
    ['another site’s frame', { crossOrigin: true }],
    ['another relying party', { rpId: 'evil.example' }],
    ['a person who was not verified', { userVerified: false }],
    ['nobody present', { userPresent: false }],
    ['an answer to something else', { type: 'webauthn.get' }],
  ])('refuses %s', async (_what, deviation) => {
    const client = server.client()
    await client.signUp()
    const { options } = await client.mutateData<Creation>('secondFactors.passkeyStart')
    const { response } = device.create(options, deviation)
    const answer = await client.mutate('secondFactors.passkeyFinish', { response, name: 'x' })
    expect([answer.status, answer.error?.data.reason]).toEqual([422, 'PASSKEY_REFUSED'])
    expect(answer.error?.message).not.toMatch(/origin|evil|challenge/i)
  })

  it('takes an answer once, in time, and from the session that asked', async () => {
    const [client, other] = [server.client(), server.client()]
    const { email } = await client.signUp()
    await other.signIn({ email })
    const { options } = await client.mutateData<Creation>('secondFactors.passkeyStart')
    const { response } = device.create(options)
    const input = { response, name: 'x' }
    const stolen = await other.mutate('secondFactors.passkeyFinish', input)
    expect(stolen.error?.data.reason).toBe('CHALLENGE_ENDED')
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => client.mutate('secondFactors.passkeyFinish', input)),
    )
    expect(answers.filter((answer) => answer.status === 200)).toHaveLength(1)
    const again = await client.mutateData<Creation>('secondFactors.passkeyStart')
    clockMs += 5 * 60_000
    const late = await client.mutate('secondFactors.passkeyFinish', {
      ...{ response: device.create(again.options).response, name: 'x' },
    })
    expect(late.error?.data.reason).toBe('CHALLENGE_ENDED')
  })

  it('refuses one that is known already, whoever has it', async () => {
    const { key } = await signUpWithPasskey()
    const client = server.client()
    await client.signUp()
    const { options } = await client.mutateData<Creation>('secondFactors.passkeyStart')
    const { response } = device.create(options)
    const { rows } = await server.db.superuser.pool.query(
      'UPDATE passkeys SET credential_id = $2 WHERE credential_id = $1 RETURNING user_id',
      [Buffer.from(key.id, 'base64url'), Buffer.from(response.id, 'base64url')],
    )
    expect(rows).toHaveLength(1)
    const answer = await client.mutate('secondFactors.passkeyFinish', { response, name: 'x' })
    expect([answer.status, answer.error?.data.reason]).toEqual([409, 'PASSKEY_KNOWN'])
  })

  it('stops at twenty', async () => {
    const { client, user } = await signUpWithPasskey()
    await server.db.superuser.pool.query(
      `INSERT INTO passkeys (user_id, credential_id, public_key, counter, backed_up, name)
       SELECT $1::uuid, sha256(convert_to(i || $1::uuid::text, 'UTF8')), '', 0, false, 'x' FROM generate_series(1, 18) i`,
      [user.userId],
    )
    const started = await client.mutateData<Creation>('secondFactors.passkeyStart')
    await addPasskey(client)
    const full = await client.mutate('secondFactors.passkeyStart')
    const late = await client.mutate('secondFactors.passkeyFinish', {
      ...{ response: device.create(started.options).response, name: 'x' },
    })
    expect([full.error?.data.reason, late.error?.data.reason]).toEqual([
      'TOO_MANY_PASSKEYS',
      'TOO_MANY_PASSKEYS',
    ])
  })

  it.each([
    [{ name: 'x' }, 'response'],
    [{ name: '', response: {} }, 'name'],
    [{ name: 'a\nb', response: {} }, 'name'],
    [{ name: 'x'.repeat(101), response: {} }, 'name'],
    [{ name: 'x', response: { id: 'a+b' } }, 'response.id'],
  ])('says what is wrong with %j', async (input, field) => {
    const client = server.client()
    await client.signUp()
    const { status, error } = await client.mutate('secondFactors.passkeyFinish', input)
    expect([status, error?.data.reason]).toEqual([400, 'INVALID_INPUT'])
    expect(error?.data.fields?.[field]).toMatch(/^[A-Z].*\.$/)
  })

  it('refuses nonsense in the right shape', async () => {
    const client = server.client()
    await client.signUp()
    const { options } = await client.mutateData<Creation>('secondFactors.passkeyStart')
    const { response } = device.create(options)
    const nonsense = [
      { ...response.response, attestationObject: 'AAAA' },
      { ...response.response, attestationObject: 'x'.repeat(1_000) },
      { ...response.response, clientDataJSON: 'AAAA' },
      { ...response.response, clientDataJSON: Buffer.from('null').toString('base64url') },
    ]
    for (const each of nonsense) {
      const answer = await client.mutate('secondFactors.passkeyFinish', {
        ...{ response: { ...response, response: each }, name: 'x' },
      })
      expect([answer.status, answer.error?.data.reason]).toEqual([422, 'PASSKEY_REFUSED'])
    }
  })
})

describe('signing in with a passkey alone', () => {
  it('works without an address, and names nobody before', async () => {
    const { user, key, passkey } = await signUpWithPasskey()
    const { challengeToken, options } = await server.client().mutateData<Request>('auth.passkeyOptions')
    expect(options).toMatchObject({ rpId: 'trade.example.org', userVerification: 'required' })
    expect([options.challenge, options.allowCredentials]).toEqual([challengeToken, undefined])
    const { data, client } = await signIn({ key })
    expect(data?.user.userId).toBe(user.userId)
    const { passkeys } = await client.queryData<SecondFactors>('secondFactors.list')
    expect(passkeys).toEqual([{ ...passkey, lastUsedAt: new Date(clockMs).toISOString() }])
  })

  it.each<[string, Deviation]>([
    ['another origin', { origin: 'https://evil.example' }],
    ['plain HTTP', { origin: 'http://trade.example.org' }],
    ['another site’s frame', { crossOrigin: true }],
    ['another relying party', { rpId: 'example.org' }],
    ['another challenge', { challenge: Buffer.alloc(32, 1).toString('base64url') }],
    ['a person who was not verified', { userVerified: false }],
    ['nobody present', { userPresent: false }],
    ['a forged signature', { forged: true }],
    ['an answer to something else', { type: 'webauthn.create' }],
    ['a counter that stands still', { counter: 1 }],
    ['a counter that went back', { counter: 0 }],
    ['a person who does not have it', { userHandle: Buffer.alloc(16, 1).toString('base64url') }],
    ['no person', { userHandle: 'AAAA' }],
  ])('refuses %s, with one answer for all', async (_what, deviation) => {
    const { key } = await signUpWithPasskey()
    const { status, error, client } = await signIn({ key, deviation })
    expect([status, error?.data.reason, error?.message]).toEqual([
      422,
      'PASSKEY_REFUSED',
      'This passkey was not accepted. Try again, or sign in another way.',
    ])
    expect(client.cookies.size).toBe(0)
  })

  it('refuses a copy of the key once the other one was used', async () => {
    const { key } = await signUpWithPasskey()
    const copy = { ...key }
    await signIn({ key })
    await signIn({ key })
    expect((await signIn({ key: copy })).reason).toBe('PASSKEY_REFUSED')
    expect((await signIn({ key })).status).toBe(200)
  })

  it('goes on with keys that do not count', async () => {
    const synced = createSoftwareAuthenticator({ origin: ORIGIN, counts: false })
    const { key } = await signUpWithPasskey(synced)
    for (let count = 0; count < 3; count += 1) {
      expect((await signIn({ key, on: synced })).status).toBe(200)
    }
  })

  it('refuses another person’s passkey in the name of this one', async () => {
    const [mallory, ada] = [await signUpWithPasskey(), await signUpWithPasskey()]
    const { reason } = await signIn({ key: mallory.key, deviation: { userHandle: ada.key.userHandle } })
    expect(reason).toBe('PASSKEY_REFUSED')
  })

  it('gives one session for an answer that is sent a hundred times at once', async () => {
    const synced = createSoftwareAuthenticator({ origin: ORIGIN, counts: false })
    const { key } = await signUpWithPasskey(synced)
    const { challengeToken, options } = await server.client().mutateData<Request>('auth.passkeyOptions')
    const response = synced.get(key, options)
    const answers = await Promise.all(
      Array.from({ length: 100 }, () =>
        server.client().mutate('auth.loginPasskey', { challengeToken, response }),
      ),
    )
    expect(answers.filter((answer) => answer.status === 200)).toHaveLength(1)
    expect(new Set(answers.map((answer) => answer.error?.data.reason))).toEqual(
      new Set([undefined, 'CHALLENGE_ENDED']),
    )
  })

  it('is over after five minutes', async () => {
    const { key } = await signUpWithPasskey()
    const { challengeToken, options } = await server.client().mutateData<Request>('auth.passkeyOptions')
    clockMs += 5 * 60_000
    const response = device.get(key, options)
    const answer = await server.client().mutate('auth.loginPasskey', { challengeToken, response })
    expect(answer.error?.data.reason).toBe('CHALLENGE_ENDED')
  })

  it('leaves no unanswered challenge behind', async () => {
    await server.client().mutateData<Request>('auth.passkeyOptions')
    clockMs += 5 * 60_000
    const { services } = server
    await forgetExpiredJob.run({
      services,
      payload: {},
      log: services.log,
      signal: AbortSignal.timeout(20_000),
    })
    const { rowCount } = await server.db.superuser.pool.query(
      'SELECT FROM passkey_challenges WHERE expires_at < $1',
      [new Date(clockMs)],
    )
    expect(rowCount).toBe(0)
  })

  it('refuses those who were deactivated', async () => {
    const { key, user } = await signUpWithPasskey()
    await server.db.superuser.pool.query('UPDATE users SET is_active = false WHERE user_id = $1', [
      user.userId,
    ])
    expect((await signIn({ key })).reason).toBe('PASSKEY_REFUSED')
  })
})

describe('a passkey beside the password', () => {
  async function askFor(email: string) {
    const input = { email, password: TEST_PASSWORD }
    return server.client().mutateData<Required<SecondFactorAsked>>('auth.login', input)
  }

  it('is asked for by its id, and signs in once', async () => {
    const { user, key } = await signUpWithPasskey()
    const { methods, passkeyOptions, challengeToken } = await askFor(user.email)
    expect(methods).toEqual(['passkey', 'recovery'])
    expect(passkeyOptions.allowCredentials).toEqual([
      { id: key.id, transports: ['internal'], type: 'public-key' },
    ])
    const input = { challengeToken, passkey: device.get(key, passkeyOptions) }
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => server.client().mutate('auth.loginSecondFactor', input)),
    )
    expect(answers.filter((answer) => answer.status === 200)).toHaveLength(1)
  })

  it('is not somebody else’s, nor an answer to another challenge', async () => {
    const [ada, mallory] = [await signUpWithPasskey(), await signUpWithPasskey()]
    const asked = await askFor(ada.user.email)
    const other = await askFor(ada.user.email)
    const answers = [
      device.get(mallory.key, asked.passkeyOptions, { userHandle: ada.key.userHandle }),
      device.get(ada.key, other.passkeyOptions),
    ]
    for (const passkey of answers) {
      const answer = await server.client().mutate('auth.loginSecondFactor', {
        ...{ challengeToken: asked.challengeToken, passkey },
      })
      expect(answer.error?.data.reason).toBe('PASSKEY_REFUSED')
    }
  })
})

describe('deleting and renaming a passkey', () => {
  it('ends its sign-ins, and with the last one the recovery codes go', async () => {
    const { client, user, key, passkey } = await signUpWithPasskey()
    const { passkeyId } = passkey
    expect(await client.mutateData('secondFactors.passkeyDelete', { passkeyId })).toEqual({ ok: true })
    expect((await signIn({ key })).reason).toBe('PASSKEY_REFUSED')
    const { recoveryCodesLeft } = await client.queryData<SecondFactors>('secondFactors.list')
    expect(recoveryCodesLeft).toBe(0)
    expect((await server.client().signIn({ email: user.email })).secondFactor).toBe(false)
  })

  it('does nothing to another person’s', async () => {
    const [ada, mallory] = [await signUpWithPasskey(), server.client()]
    await mallory.signUp()
    const { passkeyId } = ada.passkey
    const answers = [
      await mallory.mutate('secondFactors.passkeyDelete', { passkeyId }),
      await mallory.mutate('secondFactors.passkeyRename', { passkeyId, name: 'mine' }),
    ]
    expect(answers.map(({ status }) => status)).toEqual([404, 404])
    expect((await signIn({ key: ada.key })).status).toBe(200)
  })
})
