import { randomUUID } from 'node:crypto'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startEmbeddedPostgres } from '../embedded/start.ts'
import { testDatabaseUrl } from '../env.ts'
import { migrate } from '../migrate.ts'
import { type RoleUrls, roles } from '../roles.ts'
import { execute, withDatabase } from './execute.ts'
import { createTestRoles } from './role-urls.ts'

/** A PostgreSQL for one run of tests, with a migrated database to clone from. */
export interface TestServer {
  /** For a connection of the superuser to the maintenance database. */
  url: string
  /** Of that server, as each of the product's roles. */
  roleUrls: RoleUrls
  template: string
  stop(): Promise<void>
}

/** Starts a server in a temporary folder, or uses the one that TEST_DATABASE_URL names. */
export async function startTestServer(): Promise<TestServer> {
  const own = testDatabaseUrl()
  const server = own === undefined ? await startTemporary() : await useGiven(own)
  const template = `opentrade_template_${randomUUID().replaceAll('-', '')}`
  try {
    await execute(server.url, `CREATE DATABASE ${template} TEMPLATE template0 OWNER ${roles.owner}`)
    await migrate({ url: withDatabase(server.roleUrls.owner, template) })
  } catch (error) {
    await server.stop()
    throw error
  }
  return {
    url: server.url,
    roleUrls: server.roleUrls,
    template,
    async stop() {
      if (own !== undefined) await execute(own, `DROP DATABASE IF EXISTS ${template} WITH (FORCE)`)
      await server.stop()
    },
  }
}

type GivenServer = Pick<TestServer, 'url' | 'roleUrls' | 'stop'>

async function useGiven(url: string): Promise<GivenServer> {
  const { roleUrls, drop } = await createTestRoles(url)
  return { url, roleUrls, stop: drop }
}

async function startTemporary(): Promise<GivenServer> {
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
    roleUrls: server.roleUrls,
    async stop() {
      await server.stop()
      removeHome()
    },
  }
}
