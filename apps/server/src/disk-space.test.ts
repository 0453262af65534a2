import fs from 'node:fs/promises'
import { syncBuiltinESMExports } from 'node:module'
import { tmpdir } from 'node:os'
import pg from 'pg'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { asUnavailable } from './database-unavailable.ts'
import { fullDisk } from './disk-space.ts'
import { readEnv } from './env.ts'
import { ServiceError } from './errors.ts'
import { startTestServer } from './testing/start-test-server.ts'

const statfs = vi.spyOn(fs, 'statfs')
beforeAll(() => syncBuiltinESMExports())
afterAll(() => {
  statfs.mockRestore()
  syncBuiltinESMExports()
})

const env = readEnv({ OPENTRADE_HOME: tmpdir(), PAPER_URL: 'off' })

function leave(bytes: number): void {
  // Of what the system says, two numbers are read.
  statfs.mockResolvedValue({ bavail: bytes / 4_096, bsize: 4_096 } as never)
}

it('a full disk is told, where the system says how much is left', async () => {
  leave(1e9)
  expect(await fullDisk({ env })).toBeNull()
  leave(4_096)
  expect(await fullDisk({ env })).toContain('The disk is full')
  statfs.mockRejectedValue(new Error('ENOENT'))
  expect(await fullDisk({ env })).toBeNull()
})

it('readiness and the page of administrators say it until there is room', async () => {
  const server = await startTestServer()
  try {
    const admin = server.client()
    await admin.signUp()
    const ready = async () => (await admin.fetch('/readyz')).json()
    const problem = async () =>
      (await admin.queryData<{ problem: { message: string } | null }>('admin.keys.status')).problem
    leave(0)
    expect(await ready()).toMatchObject({ ok: false, reasons: [expect.stringContaining('The disk is full')] })
    expect(await problem()).toMatchObject({ message: expect.stringContaining('The disk is full') })
    leave(1e9)
    expect(await ready()).toEqual({ ok: true, reasons: [] })
    expect(await problem()).toBeNull()
    // Every request is answered as before.
    server.services.logFile.writable = () => false
    expect((await admin.fetch('/readyz')).status).toBe(200)
    expect(await ready()).toEqual({
      ok: false,
      reasons: [expect.stringContaining('The log cannot be written')],
    })
    expect(await problem()).toBeNull()
  } finally {
    await server.close()
  }
})

it('whatever cannot be written for want of space is refused with a sentence and a time', () => {
  const ofDatabase = Object.assign(new pg.DatabaseError('could not extend file', 0, 'error'), {
    code: '53100',
  })
  const ofFile = Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' })
  const wrapped = new Error('The file could not be written.', { cause: ofFile })
  for (const error of [ofDatabase, ofFile, wrapped]) {
    const answer = asUnavailable(error)
    expect(answer).toMatchObject({ kind: 'unavailable', reason: 'DISK_FULL' })
    expect(answer?.message).toContain('The disk is full')
    expect(answer?.retryAt?.getTime()).toBeGreaterThan(Date.now())
  }
  const refusal = new ServiceError({ kind: 'refused', reason: 'NO', message: 'No.', cause: ofFile })
  for (const error of [new Error('other'), refusal, null]) expect(asUnavailable(error)).toBeNull()
})
