import { z } from 'zod'
import { defineJob } from '../jobs.ts'
import { checkKeyByItself } from './check-by-itself.ts'

const JOB_NAME = 'api-key.check'

/** Asks the exchange whether a key still is what we know of it. */
export const checkKeyJob = defineJob({
  name: JOB_NAME,
  schema: z.object({ userId: z.uuid(), apiKeyId: z.uuid() }),
  run: async ({ services, payload, log }) => {
    const { userId, apiKeyId } = payload
    const actor = { userId, role: 'user', name: `job:${JOB_NAME}`, sessionId: null, ip: null } as const
    await checkKeyByItself({ ctx: { services, actor }, input: { apiKeyId }, log })
  },
})

/** Requests for the same key share a place in the queue. */
export function checkKeyKey(apiKeyId: string): string {
  return `${JOB_NAME}:${apiKeyId}`
}
