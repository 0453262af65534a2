import type { Database } from '@opentrade/db'
import type { UserContext } from '../context.ts'
import { seedCatalogue } from '../exchange/seed.ts'
import type { TestServer } from './start-test-server.ts'

/** Fills the table of exchanges and sends the calls for one of them to a server of the test. */
export async function pointExchange(db: Database, o: { exchangeId: string; url: string }): Promise<void> {
  await seedCatalogue(db.pool)
  await db.pool.query('UPDATE exchanges SET api_base_url = $2 WHERE exchange_id = $1', [o.exchangeId, o.url])
}

/** How a job, or a test, calls verbs for a person. */
export function contextFor(
  server: TestServer,
  user: { userId: string; role: 'user' | 'admin' },
): UserContext {
  const { userId, role } = user
  return {
    services: server.services,
    actor: { userId, role, name: 'job:test', sessionId: null, ip: null },
  }
}
