import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { combineRootKeys, openRootKeyFile } from '@opentrade/crypto'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { startLivingProcess } from './testing/living-process.ts'
import { startTestServer, type TestServer } from './testing/start-test-server.ts'
import type { TestClient } from './testing/test-client.ts'
import { startVaultRootKeys } from './testing/vault-root-keys.ts'

/** Long enough for what was known to grow old, on a busy machine too. */
const POLL = { timeout: 30_000 }

let folder: string
let path: string
let server: TestServer
let client: TestClient

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'opentrade-ready-'))
  path = join(folder, 'root-key.json')
  const rootKeys = combineRootKeys({ current: await openRootKeyFile({ path, create: true }), others: [] })
  server = await startTestServer({ rootKeys, env: { rootKeyFile: path } })
  client = server.client()
})
afterEach(() => server.db.superuser.pool.query('DELETE FROM retired_root_keys'))
afterAll(async () => {
  await server.close()
  await rm(folder, { recursive: true })
})

async function ready(from: TestClient = client): Promise<{ status: number; ok: boolean; reasons: string[] }> {
  const answer = await from.fetch('/readyz')
  return { status: answer.status, ...((await answer.json()) as { ok: boolean; reasons: string[] }) }
}

describe('readiness', () => {
  it('names a root key file that others can read, for as long as they can', async () => {
    expect(await ready()).toEqual({ status: 200, ok: true, reasons: [] })
    await chmod(path, 0o644)
    await expect.poll(ready, POLL).toMatchObject({ status: 200, ok: false })
    expect((await ready()).reasons).toEqual([
      `No new secret can be stored. The root key file ${path} is open to other users of this machine. Run: chmod 600 ${path}`,
    ])
    await chmod(path, 0o600)
    await expect.poll(ready, POLL).toEqual({ status: 200, ok: true, reasons: [] })
  })

  it.each([
    { name: 'is missing', spoil: () => rm(path) },
    { name: 'is garbled', spoil: () => writeFile(path, '{') },
    { name: 'is empty', spoil: () => writeFile(path, '') },
  ])('names a root key file that $name', async ({ spoil }) => {
    const text = await readFile(path)
    await spoil()
    await expect.poll(async () => (await ready()).reasons.join(), POLL).toContain(path)
    await writeFile(path, text, { mode: 0o600 })
    await expect.poll(ready, POLL).toMatchObject({ ok: true })
  })

  it('names a current root key that was retired, when there is no other', async () => {
    const rootKeyId = await server.services.rootKeys.currentKeyId()
    await server.db.superuser.pool.query("INSERT INTO retired_root_keys VALUES ('file', $1)", [rootKeyId])
    await expect.poll(async () => (await ready()).reasons.join(), POLL).toContain('was retired')
  })

  it('sends requests elsewhere only while another process can seal', async () => {
    const { pool } = server.db.superuser
    const other = await startLivingProcess(pool, { currentRootKey: 'file:x' })
    await chmod(path, 0o644)
    await expect.poll(ready, POLL).toMatchObject({ status: 503, ok: false })
    await pool.query(`UPDATE server_processes SET sealing_problem = '{}' WHERE pid = 7`)
    expect(await ready()).toMatchObject({ status: 200, ok: false })
    await chmod(path, 0o600)
    await other.end()
  })

  it('names a service of root keys that is sealed, and asks it seldom', async () => {
    const keeper = await startVaultRootKeys()
    const remote = await startTestServer({ rootKeys: keeper.rootKeys })
    try {
      expect(await ready(remote.client())).toMatchObject({ ok: true })
      let asked = 0
      keeper.server.fault = () => {
        asked += 1
        return null
      }
      for (let look = 0; look < 20; look += 1) await ready(remote.client())
      expect(asked).toBeLessThan(5)
      keeper.server.sealed = true
      await remote.services.sealing.look()
      const answer = await ready(remote.client())
      expect(answer).toMatchObject({ status: 200, ok: false })
      expect(answer.reasons.join()).toContain('sealed')
    } finally {
      await remote.close()
      await keeper.close()
    }
  })
})
