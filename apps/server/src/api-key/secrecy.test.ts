import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type BinanceReplies, binanceError, startBinanceReplies } from '../testing/binance-replies.ts'
import { pointExchange } from '../testing/exchange-fixtures.ts'
import { startTestServer, type TestServer } from '../testing/start-test-server.ts'
import type { AddedApiKey } from './schemas.ts'

const CANARY_KEY = 'canary.key.q8Zr'
const CANARY_SECRET = 'canary.secret.w2Xt'
const CANARIES = [CANARY_KEY, CANARY_SECRET, `${CANARY_SECRET}-new`]

let server: TestServer
let replies: BinanceReplies
const logLines: string[] = []

beforeAll(async () => {
  replies = await startBinanceReplies()
  server = await startTestServer({ onLog: (line) => void logLines.push(line) })
  await pointExchange(server.db, { exchangeId: 'paper', url: replies.url })
})
afterAll(async () => {
  await server.close()
  await replies.close()
})

describe('a secret', () => {
  it('is in no answer, no log line and no row, whatever goes well or wrong', async () => {
    const person = server.client()
    await person.signUp()
    const texts: string[] = []
    const call = async (path: string, input?: unknown, query = false) => {
      const answer = await (query ? person.query(path, input) : person.mutate(path, input))
      texts.push(JSON.stringify([answer.data, answer.error, [...answer.headers]]))
      return answer.data
    }
    const credentials = { apiKey: CANARY_KEY, secret: CANARY_SECRET }
    const add = { exchangeId: 'paper', credentials }

    // The exchange repeats what it was sent, as some do.
    replies.account = binanceError(-2014, `Key ${CANARY_KEY} with ${CANARY_SECRET} refused.`, 401)
    await call('apiKeys.add', add)
    replies.account = { status: 500, body: `${CANARY_KEY} ${CANARY_SECRET}` }
    await call('apiKeys.add', add)
    replies.reset()
    await call('apiKeys.add', { ...add, credentials: { ...credentials, [CANARY_SECRET]: 'x' } })
    await call('apiKeys.add', { ...add, credentials: { ...credentials, password: CANARY_SECRET } })
    await call('apiKeys.add', { ...add, credentials: { ...credentials, secret: `${CANARY_SECRET}\u0000` } })
    await call('apiKeys.add', { ...add, credentials: CANARY_SECRET })
    await call('apiKeys.add', { ...add, purpose: CANARY_SECRET })
    await call('apiKeys.add', { ...add, exchangeId: CANARY_SECRET })
    const { apiKey } = (await call('apiKeys.add', add)) as AddedApiKey
    await call('apiKeys.add', add)
    await call('apiKeys.list', undefined, true)
    await call('apiKeys.check', { apiKeyId: apiKey.apiKeyId })
    await call('apiKeys.check', { apiKeyId: CANARY_SECRET })
    const replacement = { ...credentials, secret: `${CANARY_SECRET}-new` }
    await call('apiKeys.replace', { apiKeyId: apiKey.apiKeyId, credentials: replacement })
    await server.db.superuser.pool.query(
      "UPDATE user_api_keys SET api_secret_encrypted = api_secret_encrypted || '\\x00'::bytea",
    )
    await call('apiKeys.check', { apiKeyId: apiKey.apiKeyId })
    await call('wallets.list', undefined, true)
    await call('portfolio.summary', undefined, true)
    await server.db.superuser.pool.query('ALTER TABLE user_api_keys RENAME TO user_api_keys_away')
    await call('apiKeys.add', { ...add, nickname: 'fault of ours' })
    await server.db.superuser.pool.query('ALTER TABLE user_api_keys_away RENAME TO user_api_keys')

    const dump = await dumpDatabase()
    expect(texts).toHaveLength(18)
    expect(logLines.length).toBeGreaterThan(0)
    expect(dump).toContain(apiKey.apiKeyId)
    for (const canary of CANARIES) {
      for (const text of [...texts, ...logLines, dump]) expect(text).not.toContain(canary)
      expect(dump).not.toContain(Buffer.from(canary).toString('hex'))
    }
  })
})

/** Every row of every table as text; bytes are in hex. */
async function dumpDatabase(): Promise<string> {
  const { pool } = server.db.superuser
  const { rows: tables } = await pool.query<{ name: string }>(
    `SELECT format('%I.%I', table_schema, table_name) AS name FROM information_schema.tables
     WHERE table_type = 'BASE TABLE' AND table_schema NOT IN ('pg_catalog', 'information_schema')`,
  )
  const dumps: string[] = []
  for (const { name } of tables) {
    const { rows } = await pool.query<{ row: string }>(`SELECT t::text AS row FROM ${name} t`)
    dumps.push(...rows.map(({ row }) => row))
  }
  return dumps.join('\n')
}
