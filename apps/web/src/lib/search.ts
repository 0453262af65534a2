import { z } from 'zod/mini'
import { safeReturnPath } from './return-path.ts'

/** Where to go after signing in, dropped when it leads elsewhere; and whether somebody has just left for good. */
export const returnSearch = z.object({
  next: z.optional(
    z.pipe(
      z.unknown(),
      z.transform((value) => safeReturnPath(value) ?? undefined),
    ),
  ),
  goodbye: z.optional(z.catch(z.optional(z.literal(true)), undefined)),
})

/** The range of a history. */
export const rangeSearch = z.object({
  range: z.optional(z.catch(z.optional(z.enum(['24h', '7d', '30d', '90d', '1y', 'all'])), undefined)),
})
