import { recordAct } from '../audit/record.ts'
import type { Actor, PublicContext } from '../context.ts'
import { ServiceError } from '../errors.ts'
import { openSession } from './open-session.ts'
import type { User } from './schemas.ts'
import { challengedUser, challengeEnded, requireChallenge, takeChallenge } from './second-factor-challenge.ts'
import { type ProvenFactor, proveByCode, proveByPasskey } from './second-factor-proof.ts'
import type { LoginSecondFactor } from './second-factor-schemas.ts'

interface Answer {
  ctx: PublicContext
  input: LoginSecondFactor
}

/**
 * The second step of a sign-in: a code or a passkey, after the password. A wrong one may be tried again while the
 * challenge lasts; a right one ends it.
 * @throws ServiceError `CHALLENGE_ENDED`, `WRONG_CODE`, `PASSKEY_REFUSED`, `TOO_MANY_ATTEMPTS`
 */
export async function logInSecondFactor(o: Answer): Promise<{ user: User }> {
  const { ctx, input } = o
  const { services, request } = ctx
  const challenge = input.challengeToken
  const userId = challengedUser(challenge)
  if (userId === null) throw challengeEnded()
  const place = { userId, challenge, purpose: 'sign-in', sessionId: null } as const
  const ip = { scope: 'ip', subject: request.ip } as const
  await services.attempts.begin(ip)
  const asked = await services.db.withUserSql(userId, (client) =>
    requireChallenge(client, { ...place, request, now: services.now() }),
  )
  const proof = await withFailuresRecorded({ ctx, userId, run: () => prove({ ...o, userId }) })
  const user = await openSession({
    ctx,
    userId,
    version: asked.version,
    keepSignedIn: input.keepSignedIn ?? asked.keepSignedIn,
    proofs: asked.proofs && [...asked.proofs, proof.proof],
    methods: [proof.method],
    within: async (holder) => {
      await takeChallenge(holder, { ...place, now: services.now() })
      await proof.spend(holder.client)
    },
  })
  if (!user) throw challengeEnded()
  await services.attempts.succeed(ip)
  if (proof.method !== 'passkey') await services.attempts.succeed({ scope: 'second-factor', subject: userId })
  return { user }
}

/** Codes can be guessed, so tries are counted. A passkey's answer cannot, and a lock on codes must not block it. */
async function prove({ ctx, input, userId }: Answer & { userId: string }): Promise<ProvenFactor> {
  const { services, request } = ctx
  if (input.passkey) {
    return proveByPasskey({
      services,
      request,
      userId,
      challenge: input.challengeToken,
      response: input.passkey,
    })
  }
  await services.attempts.begin({ scope: 'second-factor', subject: userId })
  const actor: Actor = { userId, role: 'user', name: 'sign-in', sessionId: null, ip: request.ip }
  return proveByCode({ services, actor, code: input.code ?? '', reason: 'sign-in with a code' })
}

/** Whoever gets here has the password: the person should see that the rest was wrong. */
async function withFailuresRecorded<Result>(o: {
  ctx: PublicContext
  userId: string
  run: () => Promise<Result>
}): Promise<Result> {
  const { services, request } = o.ctx
  const { userId } = o
  try {
    return await o.run()
  } catch (error) {
    if (error instanceof ServiceError && error.kind === 'refused') {
      await services.db.withUserSql(userId, (client) =>
        recordAct(client, {
          actor: { userId, name: 'sign-in', ip: request.ip },
          action: 'auth.second-factor-failed',
          target: `user:${userId}`,
          detail: { reason: error.reason, userAgent: request.userAgent },
        }),
      )
    }
    throw error
  }
}
