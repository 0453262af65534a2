import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { keepSession, readSession, removeSession, writeSession } from './session-file.ts'

const SESSION = { url: 'http://localhost:3000/', cookies: { access: 'a.b.c', refresh: 'd' } }

let folder: string
let path: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'opentrade-cli-'))
  path = join(folder, 'deep', 'er', 'session.json')
})

afterEach(() => rm(folder, { recursive: true, force: true }))

test('what is written is read again, and only its owner may', async () => {
  await writeSession(path, SESSION)
  expect(await readSession(path)).toEqual(SESSION)
  expect((await stat(path)).mode & 0o777).toBe(0o600)
  expect((await stat(join(folder, 'deep', 'er'))).mode & 0o777).toBe(0o700)
})

test('a file that others could read is replaced by one that they cannot', async () => {
  await writeSession(path, SESSION)
  await rm(path)
  await writeFile(path, '{}', { mode: 0o644 })
  await writeSession(path, SESSION)
  expect((await stat(path)).mode & 0o777).toBe(0o600)
})

test('a rewritten session leaves nothing beside it', async () => {
  for (let run = 0; run < 3; run += 1) await writeSession(path, SESSION)
  expect(await readdir(join(folder, 'deep', 'er'))).toEqual(['session.json'])
})

test('a file that cannot be written is named, and nothing is left beside it', async () => {
  await mkdir(path, { recursive: true })
  await expect(keepSession(path, SESSION)).rejects.toThrow(`The session cannot be kept in ${path}`)
  expect(await readdir(join(folder, 'deep', 'er'))).toEqual(['session.json'])
})

test.each(['', '{', 'null', '[]', '{"url":1,"cookies":{}}', '{"url":"x","cookies":{"a":1}}'])(
  'a file that holds %s counts as none',
  async (text) => {
    await writeSession(path, SESSION)
    await writeFile(path, text)
    expect(await readSession(path)).toBeNull()
  },
)

test('a removed session is gone, and removing it twice is no fault', async () => {
  await writeSession(path, SESSION)
  await removeSession(path)
  await removeSession(path)
  expect(await readSession(path)).toBeNull()
})
