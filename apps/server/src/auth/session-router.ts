import { z } from 'zod'
import { router, userProcedure } from '../trpc.ts'
import { SessionReference } from './access-schemas.ts'
import { listSessions } from './list-sessions.ts'
import { revokeOtherSessions, revokeOwnSession } from './revoke-session.ts'

export const sessionRouter = router({
  list: userProcedure
    .meta({
      summary: 'Where the person is signed in, the last used first.',
      returns:
        '`[{ sessionId, current, device, userAgent, ip, keepSignedIn, createdAt, lastUsedAt, expiresAt }]`; `device` is in words.',
    })
    .query(({ ctx }) => listSessions({ ctx })),
  revoke: userProcedure
    .meta({
      summary: 'Ends one session, in every process within a second. Refusals: `NOT_FOUND`.',
      returns: '`{ ok: true }`.',
    })
    .input(SessionReference)
    .mutation(({ ctx, input }) => revokeOwnSession({ ctx, input })),
  revokeOthers: userProcedure
    .meta({
      summary: 'Ends every session of the person but the one that asks.',
      returns: '`{ ok: true, revoked }`: how many there were.',
    })
    .input(z.strictObject({}).optional())
    .mutation(({ ctx }) => revokeOtherSessions({ ctx })),
})
