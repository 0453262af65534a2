import type { TestProject } from 'vitest/node'
import type { RoleUrls } from '../roles.ts'
import { startTestServer, type TestServer } from './server.ts'

declare module 'vitest' {
  interface ProvidedContext {
    opentradeTestServer: { url: string; template: string; roleUrls: RoleUrls }
  }
}

/**
 * The projects of one run load this file each for themselves, in one process: what they share stands on the
 * global object.
 */
interface Shared {
  server: Promise<TestServer> | undefined
  users: number
}
const key = Symbol.for('opentrade.testServer')
const holder = globalThis as unknown as Record<symbol, Shared | undefined>

/** For vitest's `globalSetup`: one PostgreSQL for all projects of the run. */
export async function setup(project: TestProject): Promise<void> {
  const shared = holder[key] ?? { server: undefined, users: 0 }
  holder[key] = shared
  shared.users += 1
  shared.server ??= startTestServer()
  const { url, template, roleUrls } = await shared.server
  project.provide('opentradeTestServer', { url, template, roleUrls })
}

/** The last project to leave stops the server. */
export async function teardown(): Promise<void> {
  const shared = holder[key]
  if (shared === undefined) return
  shared.users -= 1
  if (shared.users > 0) return
  holder[key] = undefined
  const server = await shared.server?.catch(() => undefined)
  await server?.stop()
}
