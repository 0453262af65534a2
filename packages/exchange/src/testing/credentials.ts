import { generateKeyPairSync } from 'node:crypto'
import { fieldsOf } from '../catalogue.ts'
import type { CredentialName, Credentials } from '../types.ts'

/** A key as Coinbase gives them: EC in PEM form. */
const ellipticKey = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  .privateKey.export({ type: 'sec1', format: 'pem' })
  .toString()

const usual: Record<CredentialName, string> = {
  apiKey: 'canary-api-key-0123456789abcdef',
  secret: Buffer.from('canary-secret-of-exactly-32-byte').toString('base64'),
  password: 'canary-passphrase',
  uid: '12345',
  accountId: '67890',
  login: 'canary-login',
  twofa: 'JBSWY3DPEHPK3PXP',
  walletAddress: `0x${'2'.repeat(40)}`,
  privateKey: `0x${'1'.repeat(64)}`,
  token: 'canary-token',
}

/** Credentials of the form that an exchange takes, made up: they open nothing. */
export function madeUpCredentials(ccxtId: string): Credentials {
  const fields = fieldsOf(ccxtId, ccxtId)
  const made: Credentials = Object.fromEntries(fields.map(({ name }) => [name, usual[name]]))
  return ccxtId === 'coinbase' ? { ...made, secret: ellipticKey } : made
}
