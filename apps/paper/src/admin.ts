import { createHash, timingSafeEqual } from 'node:crypto'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { FaultRequest } from './faults.ts'
import { openAccount } from './open-account.ts'
import { readPublicKey } from './signature.ts'
import { setBalances } from './store/balances.ts'
import { deleteKey, updateKey } from './store/keys.ts'
import type { Venue } from './venue.ts'

/** Without control characters and halves of characters, which the database cannot keep. */
const plain = z.string().regex(/^[^\p{Cc}\p{Cs}]*$/u, 'has control characters')

const OpenAccount = z.strictObject({
  reference: plain.min(1).max(200),
  label: plain.max(100).default(''),
  /** Of an Ed25519 or RSA key with which the client signs; without it, the key gets a secret. */
  publicKey: z
    .string()
    .max(2_000)
    .refine((pem) => readPublicKey(pem) !== null, 'is no Ed25519 or RSA public key in PEM')
    .nullable()
    .default(null),
})

const MAX_TIME = 8_640_000_000_000_000
const time = z.int().min(0).max(MAX_TIME).nullable()

/** Rights of a key, all optional: what is not named stays. Times are Unix milliseconds, null for never. */
const ChangeKey = z
  .strictObject({
    enableReading: z.boolean(),
    enableSpotAndMarginTrading: z.boolean(),
    enableWithdrawals: z.boolean(),
    enableInternalTransfer: z.boolean(),
    permitsUniversalTransfer: z.boolean(),
    ipRestrict: z.boolean(),
    ipWhitelist: z.array(z.union([z.ipv4(), z.ipv6()])).max(30),
    tradingAuthorityExpirationTime: time,
    expiresAt: time,
  })
  .partial()

const SetFaults = z.union([
  z.strictObject({ faults: z.array(FaultRequest).max(100) }),
  FaultRequest.transform((fault) => ({ faults: [fault] })),
])

const TEN_YEARS_MS = 315_360_000_000
const SetClock = z.strictObject({ offsetMs: z.int().min(-TEN_YEARS_MS).max(TEN_YEARS_MS) })

const SetBalances = z.strictObject({
  accountType: z.enum(['spot', 'funding', 'earn_flexible', 'earn_locked']).default('spot'),
  balances: z
    .array(
      z.strictObject({
        asset: z.string().regex(/^[A-Z0-9]{1,20}$/),
        free: z.string().regex(/^[0-9]{1,15}(\.[0-9]{1,8})?$/),
      }),
    )
    .max(200),
})

/**
 * The administrator's side, under /paper: accounts and keys, faults, the clock. Everything but the health check
 * wants the admin token as a bearer token.
 */
export function registerAdmin(o: { app: FastifyInstance; venue: Venue; adminToken: string }): void {
  const { app, venue, adminToken } = o

  app.get('/paper/health', async () => ({ status: 'ok' }))

  app.register(async (admin) => {
    admin.addHook('onRequest', async (request, reply) => {
      if (isAdmin(request, adminToken)) return
      return refuse(reply, {
        status: 401,
        code: 'UNAUTHORIZED',
        message: 'The admin token is missing or wrong.',
      })
    })

    admin.get('/paper/status', async () => ({
      market: venue.source.description,
      serverTime: venue.clock.now(),
      offsetMs: venue.clock.offset(),
      faults: venue.faults.list().length,
    }))

    admin.post('/paper/accounts', async (request, reply) => {
      const input = read(OpenAccount, request)
      if (!input.success) return refuseInput(reply, input.message)
      await venue.source.refresh(venue.clock.now())
      return openAccount({ venue, ...input.data })
    })

    admin.put<{ Params: { accountId: string } }>(
      '/paper/accounts/:accountId/balances',
      async (request, reply) => {
        const input = read(SetBalances, request)
        if (!input.success) return refuseInput(reply, input.message)
        const accountId = Number(request.params.accountId)
        const known =
          Number.isSafeInteger(accountId) && (await setBalances(venue.pool, { accountId, ...input.data }))
        if (!known)
          return refuse(reply, { status: 404, code: 'NOT_FOUND', message: 'There is no such account.' })
        return { accountId }
      },
    )

    admin.post<{ Params: { apiKey: string } }>('/paper/keys/:apiKey', async (request, reply) => {
      const input = read(ChangeKey, request)
      if (!input.success) return refuseInput(reply, input.message)
      const key = await updateKey(venue.pool, { apiKey: request.params.apiKey, rights: input.data })
      return key ?? refuse(reply, { status: 404, code: 'NOT_FOUND', message: 'There is no such key.' })
    })

    admin.delete<{ Params: { apiKey: string } }>('/paper/keys/:apiKey', async (request, reply) => {
      const deleted = await deleteKey(venue.pool, { apiKey: request.params.apiKey, now: venue.clock.now() })
      if (!deleted) return refuse(reply, { status: 404, code: 'NOT_FOUND', message: 'There is no such key.' })
      return { deleted }
    })

    admin.get('/paper/faults', async () => ({ faults: venue.faults.list() }))
    admin.put('/paper/faults', async (request, reply) => {
      const input = read(SetFaults, request)
      if (!input.success) return refuseInput(reply, input.message)
      return { faults: venue.faults.replace(input.data.faults) }
    })
    admin.delete('/paper/faults', async () => {
      venue.faults.clear()
      return { faults: [] }
    })

    admin.post('/paper/clock', async (request, reply) => {
      const input = read(SetClock, request)
      if (!input.success) return refuseInput(reply, input.message)
      venue.clock.setOffset(input.data.offsetMs)
      return { serverTime: venue.clock.now(), offsetMs: venue.clock.offset() }
    })
  })
}

type Read<T> = { success: true; data: T } | { success: false; message: string }

function read<T>(schema: z.ZodType<T>, request: FastifyRequest): Read<T> {
  let json: unknown
  try {
    json = JSON.parse(typeof request.body === 'string' && request.body !== '' ? request.body : '{}')
  } catch {
    return { success: false, message: 'The body is not JSON.' }
  }
  const result = schema.safeParse(json)
  if (result.success) return { success: true, data: result.data }
  return { success: false, message: z.prettifyError(result.error) }
}

function refuseInput(reply: FastifyReply, message: string) {
  return refuse(reply, { status: 400, code: 'BAD_INPUT', message })
}

function refuse(reply: FastifyReply, o: { status: number; code: string; message: string }) {
  return reply.status(o.status).send({ code: o.code, message: o.message })
}

function isAdmin(request: FastifyRequest, adminToken: string): boolean {
  const header = request.headers.authorization ?? ''
  const token = header.startsWith('Bearer ') ? header.slice(7) : ''
  return timingSafeEqual(digest(token), digest(adminToken))
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
