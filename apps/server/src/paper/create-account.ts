import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { UserContext } from '../context.ts'
import { ServiceError } from '../errors.ts'

const DEADLINE_MS = 10_000

const PaperAccount = z.object({ apiKey: z.string().min(1), secret: z.string().min(1) })
type PaperAccount = z.infer<typeof PaperAccount>

/**
 * Asks the paper exchange for an account, or for a new key of the one that the person has there.
 * @throws ServiceError PAPER_OFF if this installation has no paper exchange, PAPER_UNAVAILABLE if it does
 *   not answer as it should
 */
export async function createPaperAccount({ ctx }: { ctx: UserContext }): Promise<PaperAccount> {
  const { env } = ctx.services
  if (!env.paperUrl || !env.paperAdminToken) {
    throw new ServiceError({
      kind: 'refused',
      reason: 'PAPER_OFF',
      message: 'The paper exchange is switched off on this installation. Ask its administrator to start it.',
    })
  }
  try {
    const response = await fetch(new URL('/paper/accounts', env.paperUrl), {
      method: 'POST',
      headers: { authorization: `Bearer ${env.paperAdminToken}`, 'content-type': 'application/json' },
      body: JSON.stringify({ reference: referenceOf(ctx.actor.userId) }),
      redirect: 'error',
      signal: AbortSignal.timeout(DEADLINE_MS),
    })
    if (!response.ok) throw new Error(`The paper exchange answered with status ${response.status}.`)
    return PaperAccount.parse(await response.json())
  } catch (cause) {
    throw new ServiceError({
      kind: 'unavailable',
      reason: 'PAPER_UNAVAILABLE',
      message: 'The paper exchange does not answer. Try again in a moment.',
      cause,
    })
  }
}

/** Names the owner to the paper exchange without telling it who that is. */
function referenceOf(userId: string): string {
  return createHash('sha256').update(`opentrade paper account\0${userId}`).digest('hex').slice(0, 32)
}
