import { z } from 'zod'
import { defineJob } from '../jobs.ts'
import { checkDueKeys } from './check-due.ts'

/** How often due keys are looked for: soon enough after a refusal in a sync. */
const EVERY_SECONDS = 30

/** Finds the API keys whose check is due and asks for it. */
export const checkDueKeysJob = defineJob({
  name: 'api-key.check-due',
  schema: z.object({}),
  everySeconds: () => EVERY_SECONDS,
  run: ({ services, signal }) => checkDueKeys({ services, signal }),
})
