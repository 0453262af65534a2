import { z } from 'zod'
import { defineJob } from '../jobs.ts'

const HOUR_SECONDS = 3_600

/** Makes the next signing key when it is time, and retires those of which no token is out any more. */
export const rotateSigningKeysJob = defineJob({
  name: 'auth.rotateSigningKeys',
  schema: z.object({}),
  everySeconds: () => HOUR_SECONDS,
  run: async ({ services, log }) => {
    const { created, retired } = await services.signingKeys.rotate()
    if (created || retired > 0) log.info({ created, retired }, 'Signing keys were rotated')
  },
})
