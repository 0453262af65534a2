import { CryptoError } from '@opentrade/crypto'
import { EmbeddedPostgresError, MigrationError } from '@opentrade/db'
import { EnvError } from './env.ts'

/** Why the server does not start. Its message is for the person at the terminal and says what to do. */
export class StartError extends Error {
  override name = 'StartError'
}

/** Errors whose message is for the person as it is. */
const PLAIN = [StartError, EnvError, CryptoError, EmbeddedPostgresError, MigrationError]

const CONNECTION_CODES = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EHOSTUNREACH',
  'ETIMEDOUT',
  'ECONNRESET',
  '57P03',
])
const ACCESS_CODES = new Set(['28P01', '28000', '3D000', '42501'])

/** One sentence about whatever stopped the start. */
export function sentenceOf(error: unknown): string {
  if (PLAIN.some((kind) => error instanceof kind) && error instanceof Error) return error.message
  const code = codeOf(error)
  if (code && CONNECTION_CODES.has(code)) {
    return `The database of DATABASE_URL does not answer (${code}). Start it, or correct the address.`
  }
  if (code && ACCESS_CODES.has(code)) {
    return `The database of DATABASE_URL refuses us (${code}). Check its name, the user and the password.`
  }
  if (code === '08P01' && error instanceof Error && /unsupported startup parameter/.test(error.message)) {
    return 'A pooler in front of the database refuses a parameter of the connection. Remove "options" from the DATABASE_ addresses, or name the direct address of PostgreSQL.'
  }
  return 'Something went wrong that should not. The log has the details; please report it.'
}

/** The code of an error, or of the first inside an AggregateError, as a refused connection to a name makes. */
function codeOf(error: unknown): string | null {
  if (error instanceof AggregateError) return codeOf(error.errors[0])
  if (!(error instanceof Error) || !('code' in error)) return null
  return typeof error.code === 'string' ? error.code : null
}
