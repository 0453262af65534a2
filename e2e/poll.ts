import { setTimeout as pause } from 'node:timers/promises'

const EVERY_MS = 50

/**
 * Asks again until there is an answer other than null; a look that throws is one without an answer.
 * @throws Error that names `what` and the last error, when there is none in time
 */
export async function poll<Found>(o: {
  what: string
  withinMs: number
  look: () => Promise<Found | null> | Found | null
}): Promise<Found> {
  const until = performance.now() + o.withinMs
  let cause: unknown
  while (performance.now() < until) {
    try {
      const found = await o.look()
      if (found !== null) return found
      cause = undefined
    } catch (error) {
      cause = error
    }
    await pause(EVERY_MS)
  }
  throw new Error(`${o.what} did not come about within ${o.withinMs} ms.`, { cause })
}
