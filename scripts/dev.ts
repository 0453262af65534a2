// `npm run dev`: a database, and everything else with reload. Prints the web app's address once all of it answers.
import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { resolve } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { migrate, type RoleUrls, startEmbeddedPostgres } from '@opentrade/db'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const home = resolve(ROOT, process.env.OPENTRADE_HOME ?? '.opentrade/dev')

const database = process.env.DATABASE_URL ? null : await startEmbeddedPostgres({ home })
const databaseEnv = database ? roleEnv(database.roleUrls) : {}
await migrate({
  url: database?.roleUrls.owner ?? process.env.DATABASE_OWNER_URL ?? process.env.DATABASE_URL ?? '',
})

const webPort = await freePort(Number(process.env.WEB_PORT ?? 5173))
const serverPort = await freePort(Number(process.env.PORT ?? 3000))
const paperPort = await freePort(Number(process.env.PAPER_PORT ?? 4000))
const address = `http://localhost:${webPort}`

const turbo = spawn('turbo', ['run', 'dev', '--ui=stream', '--concurrency=20'], {
  cwd: ROOT,
  stdio: 'inherit',
  shell: process.platform === 'win32',
  env: {
    ...process.env,
    TURBO_TELEMETRY_DISABLED: '1',
    OPENTRADE_HOME: home,
    ...databaseEnv,
    WEB_PORT: String(webPort),
    PORT: String(serverPort),
    PUBLIC_URL: address,
    PAPER_PORT: String(paperPort),
    PAPER_URL: `http://127.0.0.1:${paperPort}`,
    PAPER_ADMIN_TOKEN: randomBytes(32).toString('base64url'),
  },
})
// Ctrl-C reaches turbo through the terminal; whoever tells us alone means it, too.
for (const signal of ['SIGTERM', 'SIGHUP'] as const) process.on(signal, () => turbo.kill('SIGTERM'))
process.on('SIGINT', () => undefined)

void announce(turbo)
const [code] = await once(turbo, 'exit')
await database?.stop()
process.exit(typeof code === 'number' ? code : 1)

function roleEnv(urls: RoleUrls): Record<string, string> {
  return {
    DATABASE_URL: urls.app,
    DATABASE_OWNER_URL: urls.owner,
    DATABASE_SCHEDULER_URL: urls.scheduler,
    DATABASE_PAPER_URL: urls.paper,
  }
}

async function announce(child: ChildProcess): Promise<void> {
  const parts = [address, `http://127.0.0.1:${serverPort}/readyz`]
  while (child.exitCode === null) {
    const answers = await Promise.all(parts.map(isUp))
    if (answers.every(Boolean)) {
      console.log(`\nOpenTrade reloads at ${address}\n`)
      return
    }
    await wait(250)
  }
}

async function isUp(url: string): Promise<boolean> {
  try {
    const response = await fetch(url)
    return response.ok
  } catch {
    return false
  }
}

/** The given port, or the next one on which nobody listens. */
async function freePort(first: number): Promise<number> {
  for (let port = first; port < first + 50; port += 1) {
    if ((await canListen(port, '127.0.0.1')) && (await canListen(port, '::1'))) return port
  }
  throw new Error(`The ports from ${first} on are all taken.`)
}

function canListen(port: number, host: string): Promise<boolean> {
  return new Promise((done) => {
    const server = createServer()
    // A machine without IPv6 has nothing listening there.
    server.once('error', (error: NodeJS.ErrnoException) => done(error.code === 'EADDRNOTAVAIL'))
    server.listen(port, host, () => server.close(() => done(true)))
  })
}
