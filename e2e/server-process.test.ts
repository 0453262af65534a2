import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createTestDatabase, type TestDatabase } from '@opentrade/db/testing'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { childEnvironment } from '../apps/server/src/env.ts'
import { createTestClient } from '../apps/server/src/testing/test-client.ts'
import { PROJECT } from './product.ts'

let db: TestDatabase
let home: string

beforeAll(async () => {
  db = await createTestDatabase()
  home = mkdtempSync(join(tmpdir(), 'opentrade-main-'))
  chmodSync(home, 0o711)
})
afterAll(async () => {
  await db.drop()
  rmSync(home, { recursive: true, force: true })
})

interface Ran {
  child: ChildProcess
  stdout: () => string
  stderr: () => string
  /** The exit code, once it has ended. */
  ended: Promise<unknown>
}

function run(env: Record<string, string>): Ran {
  const child = spawn(process.execPath, ['apps/server/dist/main.mjs'], {
    cwd: PROJECT,
    env: {
      ...childEnvironment(),
      OPENTRADE_HOME: home,
      DATABASE_URL: db.url,
      DATABASE_OWNER_URL: db.roleUrls.owner,
      DATABASE_SCHEDULER_URL: db.roleUrls.scheduler,
      PAPER_URL: 'off',
      PORT: '0',
      ...env,
    },
  })
  // A test that fails leaves nothing behind.
  onTestFinished(() => {
    child.kill('SIGKILL')
  })
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (part) => {
    stdout += part
  })
  child.stderr.on('data', (part) => {
    stderr += part
  })
  return {
    child,
    stdout: () => stdout,
    stderr: () => stderr,
    ended: once(child, 'close').then(([code]) => code),
  }
}

async function address(ran: Ran): Promise<string> {
  await expect.poll(ran.stdout).toContain('ready at')
  return ran.stdout().trim().split(' ').at(-1) ?? ''
}

describe('the server process', () => {
  it('says one line when it is ready, serves, and ends cleanly on a signal', async () => {
    const ran = run({})
    const url = await address(ran)
    expect(ran.stdout()).toMatch(/^OpenTrade is ready at http:\/\/localhost:\d+\n$/)
    expect((await fetch(`${url}/readyz`)).status).toBe(200)
    const keyFile = join(home, 'root-key.json')
    expect(ran.stderr()).toContain(keyFile)
    expect(ran.stderr()).toMatch(/whoever loses it loses/)
    expect(statSync(keyFile).mode & 0o777).toBe(0o600)
    ran.child.kill('SIGTERM')
    expect(await ran.ended).toBe(0)
    const log = readdirSync(join(home, 'logs')).map((name) => readFileSync(join(home, 'logs', name), 'utf8'))
    expect(log.join('')).toContain('Server listening')
  })

  it.each([[['all']], [['api', 'worker']]])(
    'names the port that it got in mails: roles %j',
    async (roles) => {
      const { pool } = db.superuser
      await pool.query("DELETE FROM installation_settings WHERE setting_key = 'address'")
      const [first, ...others] = roles.map((ROLE) => run({ ROLE }))
      if (!first) throw new Error('There is no role.')
      const url = await address(first)
      const email = `${roles.join('-')}@example.org`
      await createTestClient(url).signUp({ email })
      const links = async () => {
        const { rows } = await pool.query('SELECT body_text FROM outbox WHERE to_address = $1', [email])
        return rows.map((row) => /http\S+#/.exec(row.body_text)?.[0])
      }
      await expect.poll(links).toEqual([`${url}/verify-email#`])
      for (const ran of [first, ...others]) {
        ran.child.kill('SIGTERM')
        await ran.ended
      }
    },
  )

  it('refuses to start without the root key that wrapped its keys, or with another, and writes nothing', async () => {
    const dump = async () => {
      const { rows } = await db.superuser.pool.query('SELECT * FROM signing_keys')
      return rows
    }
    const before = await dump()
    expect(before).toHaveLength(1)
    const missing = run({ ROOT_KEY_FILE: join(home, 'no-such-file.json') })
    expect(await missing.ended).toBe(1)
    expect(missing.stderr()).toMatch(/^OpenTrade could not start: The root key file .* is missing\. .*\n$/)
    const other = run({ ROOT_KEY_PROVIDER: 'env', ROOT_KEY_a: '5a'.repeat(32), ROOT_KEY_CURRENT: 'a' })
    expect(await other.ended).toBe(1)
    expect(other.stderr()).toMatch(
      /^OpenTrade could not start: A stored key was wrapped by the root key "file-[^"]+" .*\n$/,
    )
    expect(await dump()).toEqual(before)
  })

  it.each([
    ['a variable that is wrong', { PORT: 'many' }, /PORT must be a whole number/],
    [
      'a database that does not answer',
      { DATABASE_URL: 'postgres://u:canary@127.0.0.1:9/x' },
      /does not answer/,
    ],
  ])('tells of %s in a sentence, without a stack', async (_what, env, sentence) => {
    const ran = run(env)
    expect(await ran.ended).toBe(1)
    expect(ran.stdout()).toBe('')
    expect(ran.stderr()).toMatch(sentence)
    expect(ran.stderr()).not.toMatch(/\n\s+at |canary/)
  })

  it('tells of a port that is taken and what to do', async () => {
    const holder = createServer().listen(0, '127.0.0.1')
    await once(holder, 'listening')
    const taken = holder.address()
    const port = typeof taken === 'object' && taken ? taken.port : 0
    const ran = run({ PORT: String(port) })
    expect(await ran.ended).toBe(1)
    expect(ran.stderr()).toContain(`Port ${port} is taken by another program`)
    holder.close()
  })
})
