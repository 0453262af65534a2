import { randomBytes } from 'node:crypto'
import { hashToken, randomToken } from '@opentrade/crypto'
import type pg from 'pg'
import type { RequestInfo } from '../context.ts'
import { ServiceError } from '../errors.ts'
import type { Proof, ProvenUser } from './held-user.ts'
import { uuidBytes, uuidText } from './uuid-bytes.ts'

/** How long a person may take to answer. */
export const CHALLENGE_MS = 5 * 60_000
const ID_BYTES = 16
const SECRET_BYTES = 32
/** The challenge of a sign-in begins with the person's id: nobody is signed in who could name them. */
const SIGN_IN_CHALLENGE = /^[A-Za-z0-9_-]{64}$/

interface Place {
  /** What the answer is good for. */
  purpose: 'sign-in' | 'step-up' | 'passkey'
  userId: string
  /** Whose challenge it is; null at a sign-in. */
  sessionId: string | null
}

/** What a challenge was begun with. */
interface Asked {
  keepSignedIn: boolean
  /** Null: that was not kept. */
  proofs: Proof[] | null
  version: number
}

/**
 * Asks a person for a proof, once, within five minutes. The challenge is opaque text in base64url, of which the
 * database keeps a hash; it serves as the challenge of WebAuthn, too.
 */
export async function beginChallenge(
  user: ProvenUser,
  o: Omit<Place, 'userId'> & {
    request: RequestInfo
    now: Date
    keepSignedIn?: boolean
    /** What was shown before it. */
    proofs?: readonly Proof[]
  },
): Promise<string> {
  const { client, userId } = user
  const { purpose, request, now } = o
  const challenge = purpose === 'sign-in' ? signInChallenge(userId) : randomToken()
  await client.query('DELETE FROM second_factor_challenges WHERE user_id = $1 AND expires_at <= $2', [
    userId,
    now,
  ])
  await client.query(
    `INSERT INTO second_factor_challenges
       (user_id, challenge_hash, purpose, session_id, user_agent, ip, keep_signed_in, expires_at, proofs)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
    [
      ...[userId, hashToken(challenge), purpose, o.sessionId, request.userAgent, request.ip],
      ...[o.keepSignedIn ?? false, new Date(now.getTime() + CHALLENGE_MS), o.proofs ?? null],
    ],
  )
  return challenge
}

/**
 * Whether a challenge may be answered here and now: from the browser that was asked, or the place where it was, since
 * either may change within minutes. It stays: `takeChallenge` ends it.
 * @returns what was shown before it, and the version of the person's credentials at which what is shown now begins
 * @throws ServiceError `CHALLENGE_ENDED`
 */
export async function requireChallenge(
  client: pg.PoolClient,
  o: Place & { challenge: string; request: RequestInfo; now: Date },
): Promise<Asked> {
  const { rows } = await client.query<Asked>(
    `SELECT keep_signed_in AS "keepSignedIn", proofs, credentials_version AS version
     FROM second_factor_challenges JOIN users USING (user_id)
     WHERE user_id = $1 AND challenge_hash = $2 AND purpose = $3 AND session_id IS NOT DISTINCT FROM $4
       AND expires_at > $5 AND (user_agent IS NOT DISTINCT FROM $6 OR ip IS NOT DISTINCT FROM $7)`,
    [
      ...[o.userId, hashToken(o.challenge), o.purpose, o.sessionId, o.now],
      ...[o.request.userAgent, o.request.ip],
    ],
  )
  if (!rows[0]) throw challengeEnded()
  return rows[0]
}

/**
 * Ends a challenge in the transaction that gives what it was for: it is taken once, however many try at once.
 * @throws ServiceError `CHALLENGE_ENDED`
 */
export async function takeChallenge(
  user: ProvenUser,
  o: Omit<Place, 'userId'> & { challenge: string; now: Date },
): Promise<void> {
  const { rowCount } = await user.client.query(
    `DELETE FROM second_factor_challenges
     WHERE user_id = $1 AND challenge_hash = $2 AND purpose = $3 AND session_id IS NOT DISTINCT FROM $4
       AND expires_at > $5`,
    [user.userId, hashToken(o.challenge), o.purpose, o.sessionId, o.now],
  )
  if (rowCount !== 1) throw challengeEnded()
}

/** Whose sign-in a challenge is of; null: it is none of ours. Whether it stands, the database knows. */
export function challengedUser(challenge: string): string | null {
  if (!SIGN_IN_CHALLENGE.test(challenge)) return null
  return uuidText(Buffer.from(challenge, 'base64url').subarray(0, ID_BYTES))
}

export function challengeEnded(): ServiceError {
  return new ServiceError({
    kind: 'refused',
    reason: 'CHALLENGE_ENDED',
    message: 'This took too long, or was answered already. Start again.',
  })
}

function signInChallenge(userId: string): string {
  return Buffer.concat([uuidBytes(userId), randomBytes(SECRET_BYTES)]).toString('base64url')
}
