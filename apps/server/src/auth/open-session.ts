import { recordAct } from '../audit/record.ts'
import type { PublicContext } from '../context.ts'
import { holdProven, type Proof, type ProvenUser } from './held-user.ts'
import { endCurrentSession } from './logout.ts'
import { noticeSignInJob } from './notice-sign-in.job.ts'
import type { User } from './schemas.ts'
import { createSession, setSessionCookies } from './sessions.ts'
import { findActiveUser, toUser } from './users.ts'

interface SignedIn {
  ctx: PublicContext
  userId: string
  /** As of `holdProven`. */
  version: number
  keepSignedIn: boolean
  /** By what the person showed who they are; null: that is not known. */
  proofs: readonly Proof[] | null
  /** The same in words, for their log. */
  methods: string[]
  /** When they have shown it, if that was not just now: a provider may know them for hours. */
  verifiedAt?: Date | null
  /** What else belongs to the sign-in, in its transaction: when it throws, nobody is signed in. */
  within?: (user: ProvenUser) => Promise<void>
}

/**
 * The one way into a session that begins with a proof. It begins the session of somebody who has shown who they are, in the place of the one that the browser had, and sets
 * its cookies.
 * @returns null when what they have shown does not count any more, or the account was deactivated or deleted meanwhile
 */
export async function openSession(o: SignedIn): Promise<User | null> {
  const { services, request } = o.ctx
  const { userId } = o
  const opened = await services.db.withUserSql(userId, async (client) => {
    const user = await holdProven(client, o)
    if (!user) return null
    await o.within?.(user)
    const row = await findActiveUser(client, { userId })
    if (!row) return null
    const session = await createSession(user, { ...o, services, request })
    await client.query('UPDATE users SET last_login_at = $2 WHERE user_id = $1', [userId, services.now()])
    await recordAct(client, {
      actor: { userId, name: `session:${session.sessionId}`, ip: request.ip },
      action: 'auth.signed-in',
      target: `session:${session.sessionId}`,
      detail: { userAgent: request.userAgent, methods: o.methods },
    })
    return { user: toUser(row), session }
  })
  if (!opened) return null
  await endCurrentSession({ ctx: o.ctx, reason: 'replaced' })
  await setSessionCookies({ services, request, session: opened.session })
  await services.jobs.add(noticeSignInJob, { userId, sessionId: opened.session.sessionId })
  return opened.user
}
