import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { proceduresOf } from '../api-page.ts'
import { appRouter } from '../router.ts'
import { openAuthenticatorApp } from '../testing/authenticator-app.ts'
import { holdLocks } from '../testing/held-locks.ts'
import { leaveFor } from '../testing/identity-journey.ts'
import { type LoopbackIssuer, startLoopbackIssuer } from '../testing/loopback-issuer.ts'
import {
  answerWithPasskey,
  askSecondFactor,
  createPersonWithEveryProof,
  type PersonWithEveryProof,
} from '../testing/person-with-every-proof.ts'
import { startTestServer, type TestServer } from '../testing/start-test-server.ts'
import { type Answer, TEST_PASSWORD, type TestClient } from '../testing/test-client.ts'
import { readIdentityProviders } from './identity-settings.ts'
import { makeToken } from './one-time-tokens.ts'
import type { StartedTotp } from './totp-start.ts'

/**
 * Holds proofs half-way, between what was shown and what it is to grant, changes how the person signs in, and lets the
 * proofs go on: they come too late. And looks what is left of what was granted before the change.
 */

const ORIGIN = 'https://trade.example.org'
const STEP_MS = 30_000
const NEW_PASSWORD = 'violet harbour tractor 9'

let server: TestServer
let issuer: LoopbackIssuer
let admin: TestClient
let clockMs = Math.floor(Date.now() / STEP_MS) * STEP_MS
const now = () => new Date(clockMs)

beforeAll(async () => {
  issuer = await startLoopbackIssuer({ now })
  issuer.register({
    ...{ clientId: 'ours', clientSecret: 'secret' },
    redirectUris: [`${ORIGIN}/sign-in-with/oidc-1/callback`],
  })
  const { issuer: url } = issuer
  const provider = { name: 'Company', issuer: url, clientId: 'ours', clientSecret: 'secret', audience: 'api' }
  server = await startTestServer({
    now,
    env: {
      publicUrl: ORIGIN,
      identityProviders: readIdentityProviders({ OIDC_ISSUERS: JSON.stringify([provider]) }),
    },
  })
  admin = server.client()
  await admin.signUp()
})
beforeEach(async () => {
  await server.db.superuser.pool.query('DELETE FROM sign_in_attempts')
  await refreshAdmin()
})
afterAll(async () => {
  await server.close()
  await issuer.close()
})

async function refreshAdmin() {
  await admin.mutateData('auth.refresh')
  await admin.mutateData('auth.stepUp', { password: TEST_PASSWORD })
}

/** Next time an authenticator app shows another code. */
function nextCode({ app }: PersonWithEveryProof): string {
  clockMs += STEP_MS
  return app.codeAt(now())
}

function createPerson(): Promise<PersonWithEveryProof> {
  clockMs += STEP_MS
  return createPersonWithEveryProof({
    client: server.client,
    issuer: signingFor(issuer),
    origin: ORIGIN,
    now: now(),
  })
}

/** The tokens of this issuer say that they are for us. */
function signingFor(loopback: LoopbackIssuer): LoopbackIssuer {
  return { ...loopback, sign: (claims) => loopback.sign({ aud: 'api', ...claims }) }
}

const token = (subject: string) => signingFor(issuer).sign({ sub: subject })

/** A link as a mail brings it, made behind the server's back: no worker runs here. */
async function linkFor(o: { userId: string; email: string; purpose: string }): Promise<string> {
  const { token: text, hash } = makeToken(o)
  await server.db.superuser.pool.query(
    `INSERT INTO one_time_tokens (user_id, token_hash, purpose, email, expires_at) VALUES ($1, $2, $3, $4, $5)`,
    [o.userId, hash, o.purpose, o.email, new Date(clockMs + 600_000)],
  )
  return text
}

type Attempt = (person: PersonWithEveryProof) => Promise<{
  client: TestClient
  /** Sends the last request of it. */
  go: () => Promise<Answer<unknown>>
}>

/** Every way to sign in, ready but for its last request, whose proof is then half-way. */
const SIGN_INS = {
  async totp(person) {
    const client = server.client()
    const { challengeToken } = await askSecondFactor(client, person.user)
    const code = nextCode(person)
    return { client, go: () => client.mutate('auth.loginSecondFactor', { challengeToken, code }) }
  },
  async recovery(person) {
    const client = server.client()
    const { challengeToken } = await askSecondFactor(client, person.user)
    const code = person.recoveryCodes.pop()
    return { client, go: () => client.mutate('auth.loginSecondFactor', { challengeToken, code }) }
  },
  async passwordAndPasskey(person) {
    const client = server.client()
    const { challengeToken, passkeyOptions } = await askSecondFactor(client, person.user)
    if (!passkeyOptions) throw new Error('The sign-in did not ask for the passkey.')
    const passkey = person.device.get(person.passkey, passkeyOptions)
    return { client, go: () => client.mutate('auth.loginSecondFactor', { challengeToken, passkey }) }
  },
  async passkey(person) {
    const client = server.client()
    const input = await answerWithPasskey(client, person)
    return { client, go: () => client.mutate('auth.loginPasskey', input) }
  },
  async refresh(person) {
    const client = server.client()
    await client.mutateData('auth.loginPasskey', await answerWithPasskey(client, person))
    return { client, go: () => client.mutate('auth.refresh') }
  },
} satisfies Record<string, Attempt>

/** These are followed by a second factor, so that what they grant is a challenge. */
const FIRST_STEPS = {
  async password({ user }) {
    const client = server.client()
    return { client, go: () => client.mutate('auth.login', { email: user.email, password: TEST_PASSWORD }) }
  },
  async identity({ subject }) {
    const client = server.client()
    const input = { token: await token(subject) }
    return { client, go: () => client.mutate('auth.loginIdentity', input) }
  },
  async journey({ subject }) {
    const client = server.client()
    issuer.people({ sub: subject })
    const callback = await leaveFor(client)
    return { client, go: () => client.mutate('auth.finishIdentity', callback) }
  },
} satisfies Record<string, Attempt>

type SignIn = keyof typeof SIGN_INS
type FirstStep = keyof typeof FIRST_STEPS

interface Change {
  /** The procedure that makes it. */
  path: string
  run: (person: PersonWithEveryProof) => Promise<Answer<unknown>>
  /** Which of the sessions from before it end; the owner's is another matter. */
  ends: readonly SignIn[] | 'all'
  /** Which first steps are void for good: another try with the same is refused, too. */
  voids: readonly FirstStep[]
  /** Whether the owner, who makes the change, is signed out by it. */
  endsOwner: boolean
  /** What is to be done after it so that a session from before it, were there one, would be let in. */
  undo?: (person: PersonWithEveryProof) => Promise<unknown>
}

const EVERY_FIRST_STEP = ['password', 'identity', 'journey'] as const
const activate = ({ user }: PersonWithEveryProof) =>
  admin.mutateData('admin.users.setActive', { userId: user.userId, isActive: true })

const CHANGES: Record<string, Change> = {
  'a changed password': {
    path: 'users.changePassword',
    run: ({ owner }) =>
      owner.mutate('users.changePassword', { currentPassword: TEST_PASSWORD, newPassword: NEW_PASSWORD }),
    ...{ ends: 'all', voids: ['password'], endsOwner: false },
  },
  'a password reset by a link': {
    path: 'auth.resetPassword',
    run: async ({ user }) =>
      server.client().mutate('auth.resetPassword', {
        token: await linkFor({ ...user, purpose: 'reset-password' }),
        password: NEW_PASSWORD,
      }),
    ...{ ends: 'all', voids: ['password'], endsOwner: true },
  },
  'a reset that an administrator requires': {
    path: 'admin.users.requireReset',
    run: ({ user }) => admin.mutate('admin.users.requireReset', { userId: user.userId }),
    ...{ ends: 'all', voids: ['password'], endsOwner: true },
  },
  'a removed authenticator app': {
    path: 'secondFactors.totpDisable',
    run: ({ owner }) => owner.mutate('secondFactors.totpDisable'),
    ...{ ends: ['totp'], voids: [], endsOwner: false },
  },
  'a replaced authenticator app': {
    path: 'secondFactors.totpConfirm',
    run: async ({ owner }) => {
      const app = openAuthenticatorApp(await owner.mutateData<StartedTotp>('secondFactors.totpStart'))
      return owner.mutate('secondFactors.totpConfirm', { code: app.codeAt(now()) })
    },
    ...{ ends: ['totp', 'recovery'], voids: [], endsOwner: false },
  },
  'new recovery codes': {
    path: 'secondFactors.newRecoveryCodes',
    run: ({ owner }) => owner.mutate('secondFactors.newRecoveryCodes'),
    ...{ ends: ['recovery'], voids: [], endsOwner: false },
  },
  'a deleted passkey': {
    path: 'secondFactors.passkeyDelete',
    run: ({ owner, passkeyId }) => owner.mutate('secondFactors.passkeyDelete', { passkeyId }),
    ...{ ends: ['passwordAndPasskey', 'passkey', 'refresh'], voids: [], endsOwner: false },
  },
  'an unlinked account elsewhere': {
    path: 'users.unlinkIdentity',
    run: ({ owner, subject }) => owner.mutate('users.unlinkIdentity', { issuer: issuer.issuer, subject }),
    ...{ ends: [], voids: ['identity', 'journey'], endsOwner: false },
  },
  'an account that its owner deactivates': {
    path: 'users.deactivateMe',
    run: ({ owner }) => owner.mutate('users.deactivateMe'),
    ...{ ends: 'all', voids: EVERY_FIRST_STEP, endsOwner: true, undo: activate },
  },
  'an account that an administrator deactivates': {
    path: 'admin.users.setActive',
    run: ({ user }) => admin.mutate('admin.users.setActive', { userId: user.userId, isActive: false }),
    ...{ ends: 'all', voids: EVERY_FIRST_STEP, endsOwner: true, undo: activate },
  },
  'another role': {
    path: 'admin.users.setRole',
    run: ({ user }) => admin.mutate('admin.users.setRole', { userId: user.userId, role: 'admin' }),
    ...{ ends: 'all', voids: [], endsOwner: true },
  },
  'another e-mail address': {
    path: 'auth.confirmEmailChange',
    run: async ({ user }) => {
      const email = `${crypto.randomUUID()}@example.org`
      const link = await linkFor({ ...user, email, purpose: 'change-email' })
      return server.client().mutate('auth.confirmEmailChange', { token: link })
    },
    ...{ ends: [], voids: ['password'], endsOwner: false },
  },
}

/** What a session may be given without, or with a step-up; each is ready but for its last request. */
const GRANTS: Record<string, (o: Attacker) => Promise<() => Promise<Answer<unknown>>>> = {
  'apiTokens.create':
    async ({ client }) =>
    () =>
      client.mutate('apiTokens.create', { name: 'x', scopes: ['manage'], expiresInDays: null }),
  'auth.stepUp':
    async ({ client }) =>
    () =>
      client.mutate('auth.stepUp', { password: TEST_PASSWORD }),
  'auth.stepUpPasskeyOptions':
    async ({ client }) =>
    () =>
      client.mutate('auth.stepUpPasskeyOptions'),
  'secondFactors.totpStart':
    async ({ client }) =>
    () =>
      client.mutate('secondFactors.totpStart'),
  'secondFactors.newRecoveryCodes':
    async ({ client }) =>
    () =>
      client.mutate('secondFactors.newRecoveryCodes'),
  'secondFactors.passkeyStart':
    async ({ client }) =>
    () =>
      client.mutate('secondFactors.passkeyStart'),
  async 'secondFactors.passkeyFinish'({ client, person }) {
    const { options } = await client.mutateData<{ options: Parameters<typeof person.device.create>[0] }>(
      'secondFactors.passkeyStart',
    )
    const { response } = person.device.create(options)
    return () => client.mutate('secondFactors.passkeyFinish', { response, name: 'theirs' })
  },
  async 'users.linkIdentity'({ client }) {
    const input = { token: await token('a stranger') }
    return () => client.mutate('users.linkIdentity', input)
  },
}

/** The same for what cannot be held beside the others. */
const MORE_GRANTS: typeof GRANTS = {
  async 'secondFactors.totpConfirm'({ client }) {
    const app = openAuthenticatorApp(await client.mutateData<StartedTotp>('secondFactors.totpStart'))
    return () => client.mutate('secondFactors.totpConfirm', { code: app.codeAt(now()) })
  },
  'users.startIdentityLink':
    async ({ client }) =>
    () =>
      client.mutate('users.startIdentityLink', { providerId: 'oidc-1' }),
  async 'auth.finishIdentity'({ client }) {
    issuer.people({ sub: 'another stranger' })
    const callback = await leaveFor(client, { procedure: 'users.startIdentityLink' })
    return () => client.mutate('auth.finishIdentity', callback)
  },
  async 'users.changeEmail'({ client }) {
    return () => client.mutate('users.changeEmail', { email: 'theirs@example.org' })
  },
}

interface Attacker {
  client: TestClient
  person: PersonWithEveryProof
}

/** Makes a change while the last requests of all of these are half-way; returns what came of them. */
async function changeMeanwhile(o: {
  goes: (() => Promise<Answer<unknown>>)[]
  change: () => Promise<Answer<unknown>>
}): Promise<Answer<unknown>[]> {
  const held = holdLocks(server.db, o.goes.length)
  const answers = Promise.all(o.goes.map((go) => go()))
  try {
    await Promise.race([
      held.reached,
      answers.then(() => expect.fail('None of these waited for the change.')),
    ])
    const { status, error } = await o.change()
    expect([status, error]).toEqual([200, undefined])
  } finally {
    held.release()
  }
  return answers
}

const isIn = async (client: TestClient) =>
  (await client.query('settings.get')).status === 200 || (await client.mutate('auth.refresh')).status === 200

async function sessionsOf({ user }: PersonWithEveryProof): Promise<number> {
  const { rowCount } = await server.db.superuser.pool.query(
    'SELECT FROM sessions WHERE user_id = $1 AND revoked_at IS NULL',
    [user.userId],
  )
  return rowCount ?? 0
}

const confirm = ({ owner }: PersonWithEveryProof) =>
  owner.mutateData('auth.stepUp', { password: TEST_PASSWORD })

describe.each(Object.entries(CHANGES))('%s', (_name, change) => {
  it('ends the sessions that rest on it, and voids every sign-in that is half-way', async () => {
    const person = await createPerson()
    const standing = new Map<SignIn, TestClient>()
    for (const [name, attempt] of Object.entries(SIGN_INS) as [SignIn, Attempt][]) {
      const { client, go } = await attempt(person)
      expect([name, (await go()).status]).toEqual([name, 200])
      standing.set(name, client)
    }
    const attempts = []
    for (const attempt of Object.values<Attempt>(SIGN_INS)) attempts.push(await attempt(person))
    await confirm(person)
    const before = await sessionsOf(person)
    const answers = await changeMeanwhile({
      goes: attempts.map(({ go }) => go),
      change: () => change.run(person),
    })
    await change.undo?.(person)
    // Not the refresh, which continues a session that may stay.
    const late = answers.slice(0, -1).map(({ status, error }) => [status >= 400, error?.data.reason])
    expect(late).toEqual(late.map(([, reason]) => [true, reason]))
    const alive: string[] = []
    for (const [name, client] of standing) if (await isIn(client)) alive.push(name)
    const ended: readonly string[] = change.ends === 'all' ? Object.keys(SIGN_INS) : change.ends
    expect(alive).toEqual(Object.keys(SIGN_INS).filter((name) => !ended.includes(name)))
    expect(await isIn(person.owner)).toBe(!change.endsOwner)
    expect(await sessionsOf(person)).toBeLessThanOrEqual(before)
  })

  it('voids the first step of a sign-in that is half-way, and the challenge that stands', async () => {
    const person = await createPerson()
    const client = server.client()
    const { challengeToken } = await askSecondFactor(client, person.user)
    const attempts = []
    for (const attempt of Object.values<Attempt>(FIRST_STEPS)) attempts.push(await attempt(person))
    await confirm(person)
    const checks = countPasswordChecks()
    const answers = await changeMeanwhile({
      goes: attempts.map(({ go }) => go),
      change: () => change.run(person),
    })
    await change.undo?.(person)
    const names = Object.keys(FIRST_STEPS) as FirstStep[]
    for (const [index, name] of names.entries()) {
      const { status } = answers[index] ?? {}
      // Whoever has the password that still holds is asked for it no second time: it was checked once more.
      if (name === 'password' && !change.voids.includes('password'))
        expect([status, checks()]).toEqual([200, 2])
      else expect([name, status]).toEqual([name, 401])
    }
    const late = await client.mutate('auth.loginSecondFactor', {
      challengeToken,
      code: person.recoveryCodes.pop(),
    })
    expect(late.error?.data.reason).toBe('CHALLENGE_ENDED')
  })

  it.runIf(change.ends.length > 0)(
    'gives nothing to a session that rests on it, not even what is half-way',
    async () => {
      const by = change.ends === 'all' ? 'passkey' : (change.ends[0] ?? 'passkey')
      for (const grants of [GRANTS, MORE_GRANTS]) {
        const person = await createPerson()
        const { client, go } = await SIGN_INS[by](person)
        expect((await go()).status).toBe(200)
        const goes = []
        for (const grant of Object.values(grants)) goes.push(await grant({ client, person }))
        await confirm(person)
        const answers = await changeMeanwhile({ goes, change: () => change.run(person) })
        await change.undo?.(person)
        const reasons = answers.map(({ error }) => error?.data.reason)
        expect(Object.fromEntries(Object.keys(grants).map((path, index) => [path, reasons[index]]))).toEqual(
          Object.fromEntries(Object.keys(grants).map((path) => [path, 'SIGN_IN_REQUIRED'])),
        )
      }
    },
  )
})

describe('without any change', () => {
  it('all of these are let in, and given what they ask for', async () => {
    const person = await createPerson()
    for (const [name, attempt] of Object.entries<Attempt>({ ...FIRST_STEPS, ...SIGN_INS })) {
      const { go } = await attempt(person)
      expect([name, (await go()).status]).toEqual([name, 200])
    }
    const { client, go } = await SIGN_INS.passkey(person)
    await go()
    for (const [path, grant] of Object.entries({ ...GRANTS, ...MORE_GRANTS })) {
      expect([path, (await (await grant({ client, person }))()).status]).toEqual([path, 200])
    }
  })
})

describe('every procedure', () => {
  /** What signs in; attacked above by these names. */
  const OPENING = [
    ...['auth.login', 'auth.loginSecondFactor', 'auth.loginPasskey', 'auth.loginIdentity', 'auth.refresh'],
    ...['auth.finishIdentity', 'auth.passkeyOptions'],
  ]
  /** What neither lets anybody in nor gives them anything to come in with, or says itself why it is safe. */
  const HARMLESS: Record<string, string> = {
    'auth.register': 'makes the account in the same transaction',
    'auth.logout': 'ends',
    'auth.startIdentity': 'knows nobody yet',
    'auth.startIdentityStepUp': 'as users.startIdentityLink',
    'auth.inspectPasswordReset': 'looks',
    'auth.requestPasswordReset': 'a job sends the link',
    'auth.requestEmailVerification': 'a job sends the link',
    'auth.verifyEmail': 'signs nobody in',
    'sessions.revoke': 'ends',
    'sessions.revokeOthers': 'ends',
    'apiTokens.delete': 'ends',
    'secondFactors.passkeyRename': 'names',
    'users.updateProfile': 'names',
    'users.deleteMe': 'leaves nobody',
    'admin.users.setActive': 'see the changes',
  }

  it('that signs in, gives something to sign in with, or changes it, is attacked above', () => {
    const domains = /^(auth|secondFactors|sessions|apiTokens|users|admin\.users)\./
    const known = new Set([
      ...[...OPENING, ...Object.keys(HARMLESS), ...Object.keys(GRANTS), ...Object.keys(MORE_GRANTS)],
      ...Object.values(CHANGES).map(({ path }) => path),
    ])
    const mutations = proceduresOf(appRouter).filter(({ procedure }) => procedure._def.type === 'mutation')
    const paths = mutations.map(({ path }) => path).filter((path) => domains.test(path))
    expect(paths.filter((path) => !known.has(path))).toEqual([])
    expect([...known].filter((path) => !paths.includes(path))).toEqual([])
  })
})

/** How often the password was checked since. */
function countPasswordChecks(): () => number {
  const { passwords } = server.services
  let count = 0
  server.services.passwords = {
    ...passwords,
    verify(hash, password) {
      if (password === TEST_PASSWORD) count += 1
      return passwords.verify(hash, password)
    },
  }
  return () => {
    server.services.passwords = passwords
    return count
  }
}
