import { setTimeout as pause } from 'node:timers/promises'
import { makeToken } from '../apps/server/src/auth/one-time-tokens.ts'
import type { StartedTotp } from '../apps/server/src/auth/totp-start.ts'
import {
  type AuthenticatorApp,
  enableTotp,
  openAuthenticatorApp,
} from '../apps/server/src/testing/authenticator-app.ts'
import { type LoopbackIssuer, startLoopbackIssuer } from '../apps/server/src/testing/loopback-issuer.ts'
import {
  addPasskey,
  answerWithPasskey,
  askSecondFactor,
  linkIdentity,
} from '../apps/server/src/testing/person-with-every-proof.ts'
import { createSoftwareAuthenticator } from '../apps/server/src/testing/software-authenticator.ts'
import {
  type Answer,
  createTestClient,
  TEST_PASSWORD,
  type TestClient,
} from '../apps/server/src/testing/test-client.ts'
import { type BenchDatabase, startBenchDatabase } from './database.ts'
import type { Figure } from './measure.ts'
import { startProgram } from './process.ts'

/** PROOF_ROUNDS makes a quick look of it. */
const ROUNDS = Number(process.env.PROOF_ROUNDS ?? 100)
const OTHER_PASSWORD = 'violet harbour tractor 9'
/** The change comes at any moment of the proofs, which take so long. */
const SPREAD_MS = 60
const STEP_MS = 30_000

interface Installation {
  bench: BenchDatabase
  url: string
  issuer: LoopbackIssuer
  admin: TestClient
}

/** Whose proofs are attacked, round after round. */
interface Target extends Installation {
  userId: string
  email: string
  /** The person's own session. */
  owner: TestClient
  /** The one that holds now. */
  password: string
}

/** A request that rests on a proof; it lets in, or gives something, when it goes well. */
interface InFlight {
  client: TestClient
  go: () => Promise<Answer<unknown>>
}

interface Round {
  inFlight: InFlight[]
  change: () => Promise<Answer<unknown>>
  /** Once all has come down. */
  undo?: () => Promise<unknown>
  /** What goes well of these, and lives on by this, has survived; by default a session that can be continued. */
  survives?: (o: InFlight & { answer: Answer<unknown>; changed: Answer<unknown> }) => Promise<boolean>
}

/**
 * Changes each proof while sign-ins and grants that rest on it are under way, over HTTP, and counts what lives on of
 * them afterwards. None may.
 */
export async function benchProofs(): Promise<Figure[]> {
  const bench = await startBenchDatabase()
  const issuer = await startLoopbackIssuer({ now: () => new Date(), claims: { aud: 'bench' } })
  const api = await startProgram({
    file: 'apps/server/src/main.ts',
    env: {
      ...bench.env,
      ...{ OPENTRADE_HOME: bench.home, PAPER_URL: 'off', ROLE: 'api', PORT: '0', LOG_LEVEL: 'error' },
      ...{ CALLS_PER_MINUTE: '0', ARGON2_MEMORY_KIB: '19456', ARGON2_ITERATIONS: '2' },
      OIDC_ISSUERS: JSON.stringify([{ name: 'Bench', issuer: issuer.issuer, audience: 'bench' }]),
    },
  })
  // Passkeys belong to a name, not to an address.
  const url = `http://localhost:${new URL(api.url).port}`
  try {
    const admin = createTestClient(url)
    await admin.signUp()
    const figures: Figure[] = []
    for (const [name, play] of Object.entries(ATTACKS)) {
      figures.push(await attack({ name, play, installation: { bench, url, issuer, admin } }))
    }
    return figures
  } finally {
    await api.stop()
    await issuer.close()
    await bench.stop()
  }
}

type Play = (target: Target) => Promise<Round>

async function attack(o: { name: string; play: Play; installation: Installation }): Promise<Figure> {
  const { bench, url } = o.installation
  const owner = createTestClient(url)
  const target: Target = { ...o.installation, ...(await owner.signUp()), owner, password: TEST_PASSWORD }
  const count = { proofs: 0, letIn: 0, survivors: 0 }
  for (let round = 0; round < ROUNDS; round += 1) {
    // The limits, which see one person fail again and again, would end the attack.
    await bench.database.pool.query('DELETE FROM sign_in_attempts')
    await confirm(target)
    const { inFlight, change, undo, survives = livesOn } = await o.play(target)
    const answers = inFlight.map(({ go }) => go())
    await pause(Math.random() * SPREAD_MS)
    const changed = await change()
    count.proofs += inFlight.length
    const answered = await Promise.all(answers)
    await undo?.()
    for (const [index, answer] of answered.entries()) {
      const each = inFlight[index]
      if (!each || answer.status !== 200) continue
      count.letIn += 1
      if (await survives({ ...each, answer, changed })) count.survivors += 1
    }
  }
  return {
    name: `survivors of ${o.name}: of ${count.proofs} proofs in flight in ${ROUNDS} rounds, ${count.letIn} were let in at first`,
    ...{ unit: 'proofs', ours: count.survivors, floor: count.proofs },
    ...{ ratio: count.survivors, target: 0, atMost: true },
  }
}

async function livesOn({ client }: InFlight): Promise<boolean> {
  return (await client.mutate('auth.refresh')).status === 200
}

/** The person and the administrator as they begin a round: signed in, and confirmed just now. */
async function confirm(target: Target): Promise<void> {
  const { admin, owner, email, password } = target
  await admin.mutateData('auth.stepUp', { password: TEST_PASSWORD })
  await admin.mutateData('auth.refresh')
  if ((await owner.mutate('auth.refresh')).status !== 200) await owner.signIn({ email, password })
  await owner.mutateData('auth.stepUp', { password })
}

function logins({ url, email, password }: Target, count: number): InFlight[] {
  return Array.from({ length: count }, () => {
    const client = createTestClient(url)
    return { client, go: () => client.mutate('auth.login', { email, password }) }
  })
}

/** A session of somebody who knows the password, about to make a token for good. */
async function tokenMaker({ url, email, password }: Target): Promise<InFlight> {
  const client = createTestClient(url)
  await client.signIn({ email, password })
  const input = { name: 'x', scopes: ['manage'], expiresInDays: null }
  return { client, go: () => client.mutate('apiTokens.create', input) }
}

/** A session lives on when it can be continued, a token when somebody is let in by it. */
async function sessionOrTokenLivesOn(o: InFlight & { answer: Answer<unknown> }): Promise<boolean> {
  const { token } = (o.answer.data ?? {}) as { token?: string }
  if (token === undefined) return livesOn(o)
  // Every process has heard of it after a second at the latest; what it would be remembered by is not asked.
  const ask = () =>
    o.client.fetch('/trpc/settings.get', { headers: { authorization: `Bearer ${token}`, cookie: '' } })
  for (let tries = 0; tries < 20; tries += 1) {
    if ((await ask()).status !== 200) return false
    await pause(50)
  }
  return true
}

/** A link as a mail brings it, made behind the server's back: no worker runs here. */
async function linkFor(o: Target & { purpose: string }): Promise<string> {
  const { token, hash } = makeToken(o)
  await o.bench.database.pool.query(
    `INSERT INTO one_time_tokens (user_id, token_hash, purpose, email, expires_at)
     VALUES ($1, $2, $3, $4, now() + interval '10 minutes')`,
    [o.userId, hash, o.purpose, o.email],
  )
  return token
}

function otherThan(password: string): string {
  return password === TEST_PASSWORD ? OTHER_PASSWORD : TEST_PASSWORD
}

async function changeOfPassword(
  target: Target,
  change: (newPassword: string) => Promise<Answer<unknown>>,
): Promise<Round> {
  const newPassword = otherThan(target.password)
  const inFlight = [...logins(target, 3), await tokenMaker(target)]
  return {
    inFlight,
    async change() {
      const answer = await change(newPassword)
      mustBeDone(answer)
      target.password = newPassword
      return answer
    },
    survives: sessionOrTokenLivesOn,
  }
}

function mustBeDone({ status, error }: Answer<unknown>): void {
  if (status !== 200) throw new Error(`The change was refused: ${JSON.stringify(error)}`)
}

async function totpAnswers(target: Target, app: AuthenticatorApp): Promise<InFlight[]> {
  const { url, email } = target
  const code = app.codeAt(new Date())
  return Promise.all(
    Array.from({ length: 2 }, async () => {
      const client = createTestClient(url)
      const { challengeToken } = await askSecondFactor(client, { email })
      return { client, go: () => client.mutate('auth.loginSecondFactor', { challengeToken, code }) }
    }),
  )
}

/** With the code of the step before, so that the one of now is a fresh one. */
const setUpTotp = ({ owner }: Target) => enableTotp(owner, { now: new Date(Date.now() - STEP_MS) })

/** Switches the account off, and on again once all has come down. */
async function deactivation(target: Target, off: () => Promise<Answer<unknown>>): Promise<Round> {
  const { admin, userId } = target
  return {
    inFlight: [...logins(target, 3), await tokenMaker(target)],
    async change() {
      const answer = await off()
      mustBeDone(answer)
      return answer
    },
    undo: () => admin.mutateData('admin.users.setActive', { userId, isActive: true }),
    async survives(o) {
      // Tokens that were made before it are the person's, and work again with the account.
      return (o.answer.data as { token?: string }).token === undefined && livesOn(o)
    },
  }
}

const ATTACKS: Record<string, Play> = {
  'a changed password': (target) =>
    changeOfPassword(target, (newPassword) =>
      target.owner.mutate('users.changePassword', {
        ...{ currentPassword: target.password, newPassword, revokeApiTokens: true },
      }),
    ),
  'a password reset by a link': async (target) => {
    const token = await linkFor({ ...target, purpose: 'reset-password' })
    return changeOfPassword(target, (password) =>
      createTestClient(target.url).mutate('auth.resetPassword', { token, password }),
    )
  },
  'a reset that an administrator requires': (target) =>
    changeOfPassword(target, async (password) => {
      mustBeDone(await target.admin.mutate('admin.users.requireReset', { userId: target.userId }))
      const token = await linkFor({ ...target, purpose: 'reset-password' })
      return createTestClient(target.url).mutate('auth.resetPassword', { token, password })
    }),
  'a removed authenticator app': async (target) => {
    const { app } = await setUpTotp(target)
    return {
      inFlight: await totpAnswers(target, app),
      change: () => target.owner.mutate('secondFactors.totpDisable'),
    }
  },
  'a replaced authenticator app': async (target) => {
    const { owner } = target
    const { app } = await setUpTotp(target)
    const next = openAuthenticatorApp(await owner.mutateData<StartedTotp>('secondFactors.totpStart'))
    return {
      inFlight: await totpAnswers(target, app),
      change: () => owner.mutate('secondFactors.totpConfirm', { code: next.codeAt(new Date()) }),
    }
  },
  'new recovery codes': async (target) => {
    const { owner, url, email } = target
    const { recoveryCodes } = await setUpTotp(target)
    const inFlight = await Promise.all(
      recoveryCodes.slice(0, 3).map(async (code) => {
        const client = createTestClient(url)
        const { challengeToken } = await askSecondFactor(client, { email })
        return { client, go: () => client.mutate('auth.loginSecondFactor', { challengeToken, code }) }
      }),
    )
    return { inFlight, change: () => owner.mutate('secondFactors.newRecoveryCodes') }
  },
  'a deleted passkey': async (target) => {
    const { owner, url, email } = target
    const device = createSoftwareAuthenticator({ origin: url, counts: false })
    const { passkey, passkeyId } = await addPasskey(owner, device)
    const alone = createTestClient(url)
    const input = await answerWithPasskey(alone, { device, passkey })
    const second = createTestClient(url)
    const { challengeToken, passkeyOptions } = await askSecondFactor(second, { email })
    const answer = passkeyOptions && device.get(passkey, passkeyOptions)
    return {
      inFlight: [
        { client: alone, go: () => alone.mutate('auth.loginPasskey', input) },
        {
          client: second,
          go: () => second.mutate('auth.loginSecondFactor', { challengeToken, passkey: answer }),
        },
      ],
      change: () => owner.mutate('secondFactors.passkeyDelete', { passkeyId }),
    }
  },
  'an unlinked account elsewhere': async (target) => {
    const { owner, url, issuer } = target
    const subject = await linkIdentity(owner, issuer)
    const inFlight = await Promise.all(
      Array.from({ length: 3 }, async () => {
        const client = createTestClient(url)
        const token = await issuer.sign({ sub: subject })
        return { client, go: () => client.mutate('auth.loginIdentity', { token }) }
      }),
    )
    return {
      inFlight,
      change: () => owner.mutate('users.unlinkIdentity', { issuer: issuer.issuer, subject }),
      // Who comes after it is somebody new, with an account of their own.
      async survives({ client, answer }) {
        const { user } = answer.data as { user: { userId: string } }
        return user.userId === target.userId && livesOn({ client, go: async () => answer })
      },
    }
  },
  'an account that its owner deactivates': (target) =>
    deactivation(target, () => target.owner.mutate('users.deactivateMe')),
  'an account that an administrator deactivates': (target) =>
    deactivation(target, () =>
      target.admin.mutate('admin.users.setActive', { userId: target.userId, isActive: false }),
    ),
  'another role': async (target) => {
    const { admin, owner, userId, bench } = target
    const { user } = await owner.queryData<{ user: { role: string } }>('auth.me')
    const role = user.role === 'admin' ? 'user' : 'admin'
    return {
      inFlight: logins(target, 4),
      change: () => admin.mutate('admin.users.setRole', { userId, role }),
      // The password still holds, so that it may well be checked once more, after the change.
      async survives() {
        const { rowCount } = await bench.database.pool.query(
          `SELECT FROM sessions WHERE user_id = $1 AND revoked_at IS NULL AND created_at <
             (SELECT max(at) FROM audit_log WHERE user_id = $1 AND action = 'user.role-changed')`,
          [userId],
        )
        return (rowCount ?? 0) > 0
      },
    }
  },
  'another e-mail address': async (target) => {
    const { url } = target
    const old = await linkFor({ ...target, purpose: 'reset-password' })
    const email = `${crypto.randomUUID()}@bench.example`
    const toNew = await linkFor({ ...target, email, purpose: 'change-email' })
    const client = createTestClient(url)
    const password = otherThan(target.password)
    return {
      inFlight: [
        {
          client,
          async go() {
            const answer = await client.mutate('auth.resetPassword', { token: old, password })
            if (answer.status === 200) target.password = password
            return answer
          },
        },
      ],
      async change() {
        const answer = await createTestClient(url).mutate('auth.confirmEmailChange', { token: toNew })
        if (answer.status === 200) target.email = email
        return answer
      },
      // A reset ends the link to the new address, and that one the reset: both cannot go well.
      survives: async ({ changed }) => changed.status === 200,
    }
  },
}
