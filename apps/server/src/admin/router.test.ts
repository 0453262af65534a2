import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  combineRootKeys,
  listRootKeys,
  openRootKeyFile,
  promoteRootKey,
  stageRootKey,
} from '@opentrade/crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startLivingProcess } from '../testing/living-process.ts'
import { insertSealedRows, openEverything } from '../testing/sealed-rows.ts'
import { startTestServer, type TestServer } from '../testing/start-test-server.ts'
import type { TestClient } from '../testing/test-client.ts'
import { rotateKeysJob } from '../vault/rotate-keys.job.ts'
import type { KeyStatus, RetiredRootKey, Rotation, VaultCheck } from './schemas.ts'

const ROWS = 12
const UNKNOWN = '0190b1c2-0000-7000-8000-000000000001'

let home: string
let path: string
let server: TestServer
let admin: TestClient
let adminId: string
let person: TestClient

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'opentrade-admin-'))
  path = join(home, 'root-key.json')
  const rootKeys = combineRootKeys({ current: await openRootKeyFile({ path, create: true }), others: [] })
  server = await startTestServer({ rootKeys, env: { rootKeyFile: path }, worker: [rotateKeysJob] })
  admin = server.client()
  adminId = (await admin.signUp()).userId
  person = server.client()
  await person.signUp()
  const { superuser } = server.db
  const { deploymentId } = server.services
  await insertSealedRows({ superuser, rootKeys, deploymentId, users: 2, rowsEach: ROWS / 2 })
})
afterAll(async () => {
  await server.close()
  rmSync(home, { recursive: true })
})

const status = () => admin.queryData<KeyStatus>('admin.keys.status')

async function run(procedure: 'rotateRoot' | 'rotateData', input: object = {}): Promise<Rotation> {
  const { rotationId } = await admin.mutateData<{ rotationId: string }>(`admin.keys.${procedure}`, input)
  const read = () => admin.queryData<Rotation>('admin.keys.rotation', { rotationId })
  await expect.poll(async () => (await read()).status).toBe('done')
  return read()
}

async function refusal(procedure: string, input: object) {
  const { status: code, error } = await admin.mutate(`admin.keys.${procedure}`, input)
  return { status: code, reason: error?.data.reason, message: error?.message }
}

describe('the keys of the installation', () => {
  it.each(['rotateRoot', 'rotateData', 'abandonRotation', 'retire', 'vaultCheck'])(
    'are for administrators alone: %s',
    async (name) => {
      const input =
        name === 'abandonRotation' ? { rotationId: UNKNOWN } : { provider: 'file', rootKeyId: 'x' }
      expect((await person.mutate(`admin.keys.${name}`, input)).error?.data.reason).toBe('ADMIN_ONLY')
      expect((await server.client().mutate(`admin.keys.${name}`, input)).status).toBe(401)
    },
  )

  it.each(['status', 'rotation'])('are shown to administrators alone: %s', async (name) => {
    const answer = await person.query(`admin.keys.${name}`, { rotationId: UNKNOWN })
    expect(answer.error?.data.reason).toBe('ADMIN_ONLY')
  })

  it('rotate to a new root key, after which the old one can be retired, and not before', async () => {
    const before = await status()
    const old = before.current?.rootKeyId ?? ''
    expect(before.rootKeys).toEqual([
      expect.objectContaining({
        provider: 'file',
        rootKeyId: old,
        isCurrent: true,
        dataKeys: ROWS,
        signingKeys: 1,
      }),
    ])
    expect(before.processes).toEqual([expect.objectContaining({ pid: process.pid, role: 'all' })])
    const current = { provider: 'file', rootKeyId: old }
    expect(await refusal('retire', current)).toMatchObject({ status: 409, reason: 'ROOT_KEY_CURRENT' })

    const rotation = await run('rotateRoot')
    expect(rotation).toMatchObject({ kind: 'root', done: ROWS + 1, total: ROWS + 1, error: null })
    const after = await status()
    expect(after.current).toEqual(rotation.rootKey)
    expect(after.rootKeys).toHaveLength(2)
    expect(after.rotations[0]).toEqual(rotation)

    // As if a process elsewhere had stored something meanwhile.
    const { pool } = server.db.superuser
    const late = 'SELECT data_key_id FROM data_keys ORDER BY 1 LIMIT 1'
    await pool.query(`UPDATE data_keys SET root_key_id = $1 WHERE data_key_id = (${late})`, [old])
    expect(await refusal('retire', current)).toEqual({
      status: 409,
      reason: 'ROOT_KEY_IN_USE',
      message: `The root key "${old}" still wraps 1 key. Rotate the root key first.`,
    })
    expect(await listRootKeys({ path })).toHaveLength(2)
    await pool.query(`UPDATE data_keys SET root_key_id = $1 WHERE data_key_id = (${late})`, [
      rotation.rootKey?.rootKeyId,
    ])

    const retired = await admin.mutateData<RetiredRootKey>('admin.keys.retire', current)
    expect(retired).toMatchObject({ ...current, isRemoved: true })
    expect((await listRootKeys({ path })).map(({ id }) => id)).toEqual([rotation.rootKey?.rootKeyId])
    expect((await status()).rootKeys).toContainEqual(expect.objectContaining({ ...current, isRetired: true }))
  })

  it('refuse to retire a root key that is not there', async () => {
    const unknown = { provider: 'file', rootKeyId: 'no-such-key' }
    expect(await refusal('retire', unknown)).toMatchObject({ status: 404, reason: 'ROOT_KEY_UNKNOWN' })
    expect(await refusal('retire', { ...unknown, provider: 'vault' })).toMatchObject({ status: 404 })
  })

  it('seal every stored secret anew', async () => {
    expect(await run('rotateData')).toMatchObject({ kind: 'data', done: ROWS, total: ROWS, rootKey: null })
    const { rootKeys, deploymentId } = server.services
    expect(await openEverything({ superuser: server.db.superuser, rootKeys, deploymentId })).toBe(ROWS)
  })

  it('know nothing of a rotation or a person that is not there', async () => {
    expect((await admin.query('admin.keys.rotation', { rotationId: UNKNOWN })).status).toBe(404)
    expect(await refusal('rotateData', { userId: UNKNOWN })).toMatchObject({
      status: 404,
      reason: 'NOT_FOUND',
    })
    expect(await refusal('rotateData', { userId: 'x' })).toMatchObject({
      status: 400,
      reason: 'INVALID_INPUT',
    })
  })

  it('cannot be retired while they are rotated, and can when that was abandoned', async () => {
    const { pool } = server.db.superuser
    // A process that never reads the new key.
    const other = await startLivingProcess(pool)
    const { rotationId } = await admin.mutateData<{ rotationId: string }>('admin.keys.rotateRoot')
    const read = () => admin.queryData<Rotation>('admin.keys.rotation', { rotationId })
    await expect.poll(async () => (await read()).rootKey).not.toBeNull()
    const staged = (await read()).rootKey
    expect(await refusal('retire', { ...staged })).toMatchObject({
      status: 409,
      reason: 'ROTATION_UNDER_WAY',
    })

    await expect.poll(async () => (await read()).error).not.toBeNull()
    const abandoned = await admin.mutateData<Rotation>('admin.keys.abandonRotation', { rotationId })
    expect(abandoned).toMatchObject({ status: 'abandoned', finishedAt: expect.any(String), error: null })
    expect(await refusal('abandonRotation', { rotationId })).toMatchObject({ reason: 'ROTATION_ENDED' })
    expect((await status()).current).not.toEqual(staged)
    expect(await admin.mutateData<RetiredRootKey>('admin.keys.retire', { ...staged })).toMatchObject({
      isRemoved: true,
    })
    await other.end()
    const next = await run('rotateRoot')
    expect(next.rootKey).not.toEqual(staged)
  })

  it('are removed from the file when the server was stopped before it could', async () => {
    const { id } = await stageRootKey({ path })
    await server.db.superuser.pool.query("INSERT INTO retired_root_keys VALUES ('file', $1)", [id])
    const left = { provider: 'file', rootKeyId: id }
    expect((await status()).rootKeys).toContainEqual(
      expect.objectContaining({ ...left, isRetired: true, isInFile: true }),
    )
    expect(await admin.mutateData<RetiredRootKey>('admin.keys.retire', left)).toMatchObject({
      isRemoved: true,
    })
    expect((await listRootKeys({ path })).map((key) => key.id)).not.toContain(id)
  })

  it('go back to the one that is in use when the current one of the file was retired', async () => {
    const { current } = await status()
    const { id } = await stageRootKey({ path })
    await server.db.superuser.pool.query("INSERT INTO retired_root_keys VALUES ('file', $1)", [id])
    await promoteRootKey({ path, id })
    // As whoever seals something next does.
    const { vault, sealing } = server.services
    const row = {
      table: 'user_api_keys',
      rowId: UNKNOWN,
      userId: adminId,
      exchangeId: 'paper',
      secretVersion: 1,
    }
    await vault.seal({ row, fields: { api_key_encrypted: 'text' } })
    expect(await sealing.look()).toEqual({ current, problem: null })
  })

  it('are proved to work by a check that leaves nothing behind', async () => {
    const { ok, checks } = await admin.mutateData<{ ok: boolean; checks: VaultCheck[] }>(
      'admin.keys.vaultCheck',
    )
    expect(ok).toBe(true)
    expect(checks.map(({ provider }) => provider)).toEqual(['file'])
  })

  it('have every such act in the log of the administrator', async () => {
    const { entries } = await admin.queryData<{ entries: { action: string }[] }>('audit.list', {})
    expect(entries.map(({ action }) => action)).toEqual(
      expect.arrayContaining([
        ...[
          'admin.root-key-rotation',
          'admin.root-key-retirement',
          'admin.root-key-retired',
          'admin.data-key-rotation',
          'admin.rotation-abandoned',
          'admin.vault-checked',
        ],
      ]),
    )
  })

  it('tell whoever watches a rotation how far it is, to the end', async () => {
    const { rotationId } = await admin.mutateData<{ rotationId: string }>('admin.keys.rotateData', {})
    const input = encodeURIComponent(JSON.stringify({ rotationId }))
    const response = await admin.fetch(`/trpc/admin.keys.onRotation?input=${input}`, {
      headers: { accept: 'text/event-stream' },
    })
    const seen = await response.text()
    expect(seen).toContain('"status":"done"')
  })
})
