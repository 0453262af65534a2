import { once } from 'node:events'
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { openRootKeyFile } from '@opentrade/crypto'
import { createTestDatabase } from '@opentrade/db/testing'
import { expect, onTestFinished, test } from 'vitest'
import { createTestClient } from '../apps/server/src/testing/test-client.ts'
import { dumpDatabase } from './dump-database.ts'
import { descendantsOf, type SystemProcess, stillLiving } from './processes.ts'
import { createHome, postgresPid, startProduct, startRefused } from './product.ts'

function useHome(): string {
  const { home, remove } = createHome()
  onTestFinished(remove)
  return home
}

/** The programs that a server cannot be without; the short-lived shells of its start come and go. */
function partsOf(pid: number, home: string): SystemProcess[] {
  const all = descendantsOf(pid)
  const postgres = all.filter((candidate) => candidate.pid === postgresPid(home))
  const paper = all.filter(({ command }) => /node .*dist\/main\.mjs/.test(command))
  expect(postgres, 'one PostgreSQL').toHaveLength(1)
  expect(paper.length, 'a paper exchange').toBeGreaterThan(0)
  return all
}

test('a second server on the same folder is refused with a sentence, and the first goes on', async () => {
  const product = await startProduct()
  onTestFinished(product.stop)
  const second = await startRefused({ home: product.home, env: {} })
  expect(second.code).toBe(1)
  expect(second.stdout).toBe('')
  expect(second.stderr).toMatch(
    new RegExp(
      `could not start: The data folder .* is in use by another OpenTrade \\(process ${product.process.pid}\\)`,
    ),
  )
  expect(second.stderr).not.toMatch(/^\s+at /m)
  const ready = await fetch(new URL('/readyz', product.url))
  expect(ready.status).toBe(200)
})

test('a port that was asked for and is taken is refused with a sentence, and nothing stays behind', async () => {
  const home = useHome()
  const other = createServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  onTestFinished(() => void other.close())
  const address = other.address()
  const port = typeof address === 'object' && address ? address.port : 0
  const refused = await startRefused({ home, env: { PORT: String(port), PAPER_URL: 'off' } })
  expect(refused.code).toBe(1)
  expect(refused.stderr).toContain(`could not start: Port ${port} is taken by another program.`)
  expect(refused.stderr).not.toMatch(/^\s+at /m)
  expect(postgresPid(home)).toBeNull()
})

test('a wrong root key is refused with a sentence, and nothing is written', async () => {
  const home = useHome()
  const db = await createTestDatabase()
  onTestFinished(() => db.drop())
  const env = {
    DATABASE_URL: db.url,
    DATABASE_OWNER_URL: db.roleUrls.owner,
    DATABASE_SCHEDULER_URL: db.roleUrls.scheduler,
    PAPER_URL: 'off',
  }
  const first = await startProduct({ home, env })
  await createTestClient(first.url).signUp()
  await first.stop()
  const rows = await dumpDatabase(db.superuser.url)
  expect(rows.some((row) => row.startsWith('public.signing_keys'))).toBe(true)

  const keyFile = join(home, 'root-key.json')
  rmSync(keyFile)
  await openRootKeyFile({ path: keyFile, create: true })
  const wrongKey = readFileSync(keyFile, 'utf8')
  const refused = await startRefused({ home, env })

  expect(refused.code).toBe(1)
  expect(refused.stdout).toBe('')
  expect(refused.stderr).toMatch(/^OpenTrade could not start: .*root key/m)
  expect(refused.stderr).not.toMatch(/^\s+at /m)
  expect(readFileSync(keyFile, 'utf8')).toBe(wrongKey)
  expect(await dumpDatabase(db.superuser.url)).toEqual(rows)
})

test('a missing root key is not made anew over sealed data', async () => {
  const home = useHome()
  const db = await createTestDatabase()
  onTestFinished(() => db.drop())
  const env = {
    DATABASE_URL: db.url,
    DATABASE_OWNER_URL: db.roleUrls.owner,
    DATABASE_SCHEDULER_URL: db.roleUrls.scheduler,
    PAPER_URL: 'off',
  }
  const first = await startProduct({ home, env })
  await first.stop()
  const rows = await dumpDatabase(db.superuser.url)
  rmSync(join(home, 'root-key.json'))

  const refused = await startRefused({ home, env })

  expect(refused.code).toBe(1)
  expect(refused.stderr).toMatch(/^OpenTrade could not start: .*root key/m)
  expect(existsSync(join(home, 'root-key.json'))).toBe(false)
  expect(await dumpDatabase(db.superuser.url)).toEqual(rows)
})

test('a signal to stop ends all that was started', async () => {
  const product = await startProduct()
  const parts = partsOf(product.process.pid, product.home)
  await product.stop()
  expect(product.process.exitCode).toBe(0)
  expect(stillLiving(parts)).toEqual([])
})

test('a server that is killed takes its database and its paper exchange with it', async () => {
  const home = useHome()
  const product = await startProduct({ home })
  const parts = partsOf(product.process.pid, home)
  await product.kill()
  await expect.poll(() => stillLiving(parts)).toEqual([])
})
