import { createTestDatabase, type TestDatabase } from '@opentrade/db/testing'
import { seedCatalogue, setPaperUrl } from '../exchange/seed.ts'
import { createLog } from '../log.ts'
import { startOwnPaper } from '../own-paper.ts'

const ADMIN_TOKEN = 'admin-token-of-a-test'

/** The real paper exchange, as a process of its own, on a database that a test server can share. */
export interface PaperProcess {
  db: TestDatabase
  url: string
  /** What a test server needs to know of it. */
  env: { paper: 'external'; paperUrl: string; paperAdminToken: string }
  /** Any call of its administrator's side, which must go well. */
  admin: (path: string, init?: { method?: string; body?: unknown }) => Promise<unknown>
  close: () => Promise<void>
}

/** Starts it, and connects it as the server's start does. */
export async function startPaperProcess(): Promise<PaperProcess> {
  const db = await createTestDatabase()
  await seedCatalogue(db.pool)
  let url = ''
  const own = startOwnPaper({
    databaseUrl: db.roleUrls.paper,
    adminToken: ADMIN_TOKEN,
    log: createLog({ level: 'silent', stream: { write: () => undefined } }),
    async onReady(readyUrl) {
      url = readyUrl
      await setPaperUrl(db.pool, { url })
    },
  })
  await own.ready
  return {
    db,
    url,
    env: { paper: 'external', paperUrl: url, paperAdminToken: ADMIN_TOKEN },
    async admin(path, { method = 'POST', body } = {}) {
      const response = await fetch(new URL(path, url), {
        method,
        headers: { authorization: `Bearer ${ADMIN_TOKEN}`, 'content-type': 'application/json' },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      })
      if (!response.ok) throw new Error(`${path} answered ${response.status}: ${await response.text()}`)
      return response.json()
    },
    async close() {
      await own.stop()
      await db.drop()
    },
  }
}
