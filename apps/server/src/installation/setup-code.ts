import { createHash, randomInt } from 'node:crypto'
import { hostname } from 'node:os'
import type { Queryable } from '@opentrade/db'
import { z } from 'zod'
import { hasUsers } from '../auth/has-users.ts'
import type { PublicContext, Services } from '../context.ts'
import { ServiceError } from '../errors.ts'
import { networkOf } from '../ip-network.ts'

/** The hash of a code for each process that has printed one. */
const KEY = 'setup-codes'
/** Crockford's base 32: no letter that looks like a digit. 16 of them are 80 bits. */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
const GROUPS = 4
const GROUP_LENGTH = 4

const Codes = z.record(z.string(), z.string())

/** A code that this process has printed. */
export interface SetupCode {
  /** As a person types it: four groups of four. */
  text: string
  /** Makes it worthless, when the process that printed it ends. */
  withdraw: () => Promise<void>
}

/**
 * Makes a code by which the first account can be made from elsewhere than this computer. It takes the place of the one
 * that this process printed when it last started; those of other processes on the same database stay good.
 * @param o.listensAt tells this process from others on the same computer
 * @returns null when there is an account already
 */
export async function createSetupCode(o: {
  services: Pick<Services, 'db' | 'env'>
  listensAt: string
}): Promise<SetupCode | null> {
  const { db, env } = o.services
  if (await hasUsers(db.pool)) return null
  const characters = Array.from({ length: GROUPS * GROUP_LENGTH }, () => ALPHABET[randomInt(ALPHABET.length)])
  const groups = Array.from({ length: GROUPS }, (_, at) =>
    characters.slice(at * GROUP_LENGTH, (at + 1) * GROUP_LENGTH).join(''),
  )
  const text = groups.join('-')
  const place = hashOf(`${hostname()} ${env.home} ${o.listensAt}`)
  await db.pool.query(
    `INSERT INTO installation_settings AS s (setting_key, setting_value)
     VALUES ($1, jsonb_build_object($2::text, $3::text))
     ON CONFLICT (setting_key) DO UPDATE SET
       setting_value = s.setting_value || excluded.setting_value, updated_at = now()`,
    [KEY, place, hashOf(normalize(text))],
  )
  return {
    text,
    async withdraw() {
      await db.pool.query(
        'UPDATE installation_settings SET setting_value = setting_value - $2::text WHERE setting_key = $1',
        [KEY, place],
      )
    },
  }
}

/** Makes every code worthless, within the transaction that makes the first account. */
export async function forgetSetupCodes(q: Queryable): Promise<void> {
  await q.query(`UPDATE installation_settings SET setting_value = '{}' WHERE setting_key = $1`, [KEY])
}

/** Whether somebody who comes by this request can make the first account with the code of a start only. */
export async function needsSetupCode({ services, request }: PublicContext): Promise<boolean> {
  return !request.isLocal && !(await hasUsers(services.db.pool))
}

/**
 * Lets somebody make the first account: from this computer, or with the code that a start of the server has printed.
 * @throws ServiceError SETUP_CODE_REFUSED; TOO_MANY_ATTEMPTS
 */
export async function admitFirstAccount(o: {
  ctx: PublicContext
  setupCode?: string | undefined
}): Promise<void> {
  const { services, request } = o.ctx
  if (request.isLocal) return
  if (!o.setupCode) throw setupCodeRefused('Enter the setup code that the server printed when it started.')
  const subject = { scope: 'account', subject: `setup code from ${networkOf(request.ip)}` } as const
  await services.attempts.begin(subject)
  if (!(await isSetupCode(services.db.pool, o.setupCode))) {
    throw setupCodeRefused('This is not the setup code that the server printed when it last started.')
  }
  await services.attempts.succeed(subject)
}

async function isSetupCode(q: Queryable, text: string): Promise<boolean> {
  const { rows } = await q.query<{ value: unknown }>(
    'SELECT setting_value AS value FROM installation_settings WHERE setting_key = $1',
    [KEY],
  )
  const codes = Codes.catch({}).parse(rows[0]?.value)
  // Hashes are compared: how far two of them agree tells nothing of a code.
  return Object.values(codes).includes(hashOf(normalize(text)))
}

/** As Crockford has people type it: capitals or not, with hyphens or not, O for 0, I and L for 1. */
function normalize(text: string): string {
  return text
    .toUpperCase()
    .replace(/[^0-9A-Z]/g, '')
    .replaceAll('O', '0')
    .replace(/[IL]/g, '1')
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('base64url')
}

/** @param advice stands beside the field */
export function setupCodeRefused(advice: string): ServiceError {
  return new ServiceError({
    kind: 'forbidden',
    reason: 'SETUP_CODE_REFUSED',
    message: `The first account of this installation is its administrator's. ${advice}`,
    fields: { setupCode: advice },
  })
}
