import { randomUUID } from 'node:crypto'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { startEmbeddedPostgres } from '../embedded/start.ts'
import { testDatabaseUrl } from '../env.ts'
import { migrate } from '../migrate.ts'

/** A PostgreSQL for one run of tests, with a migrated database to clone from. */
export interface TestServer {
  /** For a connection to the maintenance database. */
  url: string
  template: string
  stop(): Promise<void>
}

/** Starts a server in a temporary folder, or uses the one that TEST_DATABASE_URL names. */
export async function startTestServer(): Promise<TestServer> {
  const own = testDatabaseUrl()
  const server = own === undefined ? await startTemporary() : { url: own, stop: async () => undefined }
  const template = `opentrade_template_${randomUUID().replaceAll('-', '')}`
  try {
    await execute(server.url, `CREATE DATABASE ${template} TEMPLATE template0`)
    await migrate({ url: withDatabase(server.url, template) })
  } catch (error) {
    await server.stop()
    throw error
  }
  return {
    url: server.url,
    template,
    async stop() {
      if (own !== undefined) await execute(own, `DROP DATABASE IF EXISTS ${template} WITH (FORCE)`)
      await server.stop()
    },
  }
}

async function startTemporary(): Promise<{ url: string; stop(): Promise<void> }> {
  const home = mkdtempSync(join(tmpdir(), 'opentrade-test-'))
  // Started by root, PostgreSQL runs as another user, who has to pass.
  chmodSync(home, 0o711)
  const removeHome = () => rmSync(home, { recursive: true, force: true })
  const server = await startEmbeddedPostgres({ home, durable: false }).catch((error: unknown) => {
    removeHome()
    throw error
  })
  return {
    url: withDatabase(server.url, 'postgres'),
    async stop() {
      await server.stop()
      removeHome()
    },
  }
}

/** Returns the same URL for another database of that server. */
export function withDatabase(url: string, database: string): string {
  const changed = new URL(url)
  changed.pathname = `/${database}`
  return changed.href
}

/** Runs one statement on a connection of its own. */
export async function execute(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(statement)
  } finally {
    await client.end()
  }
}
