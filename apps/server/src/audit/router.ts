import { router, userProcedure } from '../trpc.ts'
import { exportAudit } from './export.ts'
import { listAudit } from './list.ts'
import { ExportAudit, ListAudit, VerifyAudit } from './schemas.ts'
import { verifyAudit } from './verify.ts'

export const auditRouter = router({
  list: userProcedure
    .meta({
      summary:
        'What happened in the person’s name, the newest first: every opening of a key, and every act that matters for security.',
      returns: '`{ entries: [{ seq, at, actor, action, target, detail, ip, hash }], next }`.',
    })
    .input(ListAudit)
    .query(({ ctx, input }) => listAudit({ ctx, input })),
  verify: userProcedure
    .meta({
      summary:
        'Recomputes the chain of the person’s log and names the first entry that is not as it was written. A head that was noted earlier shows whether entries were cut off at the end.',
      returns:
        '`{ verified, head: { seq, hash } | null, broken: { seq, reason } | null }`; `reason` is `MISSING`, `WRONG_LINK`, `WRONG_HASH`, `CUT_OFF` or `NOT_AS_NOTED`.',
    })
    .input(VerifyAudit)
    .query(({ ctx, input }) => verifyAudit({ ctx, input })),
  export: userProcedure
    .meta({
      summary:
        'The person’s log in parts, as JSON lines, the oldest first, with all that it takes to verify the chain elsewhere.',
      returns:
        '`{ lines, next }`; a line is `{ userId, seq, at, actor, action, target, detail, detailText, ip, prevHash, hash }`.',
    })
    .input(ExportAudit)
    .query(({ ctx, input }) => exportAudit({ ctx, input })),
})
