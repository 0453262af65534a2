import { randomUUID } from 'node:crypto'
import { z } from 'zod'

/** Faults that can stand at the same time. */
const MAX_FAULTS = 100

/** A reply is held back for no longer than this, whatever was asked for. */
export const LONGEST_DELAY_MS = 120_000

const target = {
  /** Only requests whose path begins with this. */
  pathPrefix: z.string().startsWith('/').max(200).optional(),
  /** Only requests with this method. */
  method: z.enum(['GET', 'POST', 'PUT', 'DELETE']).optional(),
  /** Only requests that carry this API key. */
  apiKey: z.string().min(1).max(200).optional(),
  /** Only the next so many requests that it fits; without it, until it is cleared. */
  count: z.int().min(1).max(1_000_000).optional(),
}

/** A fault as an administrator describes it; README.md says what each kind does. */
export const FaultRequest = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('latency'), ms: z.int().min(1).max(LONGEST_DELAY_MS), ...target }),
  z.strictObject({
    kind: z.literal('tooManyRequests'),
    retryAfter: z.int().min(1).max(86_400).default(30),
    ...target,
  }),
  z.strictObject({
    kind: z.literal('banned'),
    retryAfter: z.int().min(1).max(259_200).default(120),
    ...target,
  }),
  z.strictObject({
    kind: z.literal('serverError'),
    status: z.int().min(500).max(599).default(503),
    /** Binance's JSON body, or the web page that a gateway in front of it sends. */
    body: z.enum(['json', 'html', 'empty']).default('json'),
    ...target,
  }),
  z.strictObject({ kind: z.literal('html'), ...target }),
  z.strictObject({ kind: z.literal('emptyBody'), ...target }),
  z.strictObject({ kind: z.literal('cutJson'), ...target }),
  z.strictObject({ kind: z.literal('hungBody'), ...target }),
  z.strictObject({ kind: z.literal('hungHeaders'), ...target }),
  z.strictObject({ kind: z.literal('droppedRequest'), ...target }),
  z.strictObject({ kind: z.literal('droppedReply'), ...target }),
  z.strictObject({
    kind: z.literal('redirect'),
    location: z.string().min(1).max(500).default('/maintenance'),
    ...target,
  }),
  z.strictObject({
    kind: z.literal('clockSkew'),
    ms: z.int().min(-31_536_000_000).max(31_536_000_000),
    ...target,
  }),
  z.strictObject({ kind: z.literal('maintenance'), ...target }),
])
export type FaultRequest = z.infer<typeof FaultRequest>

/** A fault that stands. */
export type Fault = FaultRequest & {
  faultId: string
  /** Requests that it will still befall; null until it is cleared. */
  remaining: number | null
}

/** The faults that stand, in the order in which they were set. */
export interface FaultRegistry {
  list(): Fault[]
  /** Replaces all that stand. @throws RangeError for more than can stand at a time. */
  replace(requests: readonly FaultRequest[]): Fault[]
  clear(): void
  /** The faults that befall a request; each counts it. */
  take(request: { path: string; method: string; apiKey: string | null }): Fault[]
}

/** A registry without faults. */
export function createFaultRegistry(): FaultRegistry {
  let faults: Fault[] = []
  return {
    list: () => faults.map((fault) => ({ ...fault })),
    replace(requests) {
      if (requests.length > MAX_FAULTS) throw new RangeError(`At most ${MAX_FAULTS} faults stand at a time.`)
      faults = requests.map((request) => ({
        ...request,
        faultId: randomUUID(),
        remaining: request.count ?? null,
      }))
      return faults.map((fault) => ({ ...fault }))
    },
    clear() {
      faults = []
    },
    take(request) {
      const hit = faults.filter((fault) => befalls(fault, request))
      for (const fault of hit) {
        if (fault.remaining !== null) fault.remaining -= 1
      }
      faults = faults.filter((fault) => fault.remaining !== 0)
      return hit
    },
  }
}

function befalls(fault: Fault, request: { path: string; method: string; apiKey: string | null }): boolean {
  if (fault.pathPrefix !== undefined && !request.path.startsWith(fault.pathPrefix)) return false
  if (fault.method !== undefined && fault.method !== request.method) return false
  return fault.apiKey === undefined || fault.apiKey === request.apiKey
}
