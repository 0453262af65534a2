import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openRootKeyFile } from './root-key-file.ts'
import { formatRootKeyFile } from './root-key-file-format.ts'
import { refusal } from './testing/refusal.ts'

const run = promisify(execFile)
const context = { purpose: 'data-key', deploymentId: 'd', ownerId: 'o', keyId: 'k' } as const
const plaintext = randomBytes(32)

let folder: string
let path: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'opentrade-root-key-'))
  path = join(folder, 'root-key.json')
})
afterEach(() => rm(folder, { recursive: true, force: true }))

function validFile() {
  const keys = ['one', 'two'].map((id) => ({
    id,
    key: randomBytes(32),
    createdAt: '2026-01-01T00:00:00.000Z',
  }))
  return formatRootKeyFile({ current: 'two', keys })
}

async function write(content: string | Uint8Array, mode = 0o600) {
  await writeFile(path, content, { mode })
  await chmod(path, mode)
}

describe('making the file', () => {
  test('gives one key that later openings read', async () => {
    const made = await openRootKeyFile({ path, create: true })
    expect(made.created).toBe(true)
    expect(made.name).toBe('file')
    const wrapped = await made.wrap({ plaintext, context })
    for (const create of [true, false]) {
      const opened = await openRootKeyFile({ path, create })
      expect(opened.created).toBe(false)
      expect(await opened.currentKeyId()).toBe(wrapped.rootKeyId)
      expect(Buffer.from(await opened.unwrap({ ...wrapped, context }))).toEqual(plaintext)
    }
  })

  test('leaves nothing but the file, for its owner alone, also in a folder that was not there', async () => {
    const deep = join(folder, 'a', 'b', 'root-key.json')
    await openRootKeyFile({ path: deep, create: true })
    expect(await readdir(join(folder, 'a', 'b'))).toEqual(['root-key.json'])
    expect((await stat(deep)).mode & 0o777).toBe(0o600)
    expect((await stat(join(folder, 'a'))).mode & 0o777).toBe(0o700)
  })

  test('yields one key for all who try at once in this process', async () => {
    const opened = await Promise.all(
      Array.from({ length: 20 }, () => openRootKeyFile({ path, create: true })),
    )
    expect(opened.filter(({ created }) => created).length).toBe(1)
    expect(new Set(await Promise.all(opened.map((provider) => provider.currentKeyId()))).size).toBe(1)
    expect(await readdir(folder)).toEqual(['root-key.json'])
  })

  test('yields one key for several processes', async () => {
    const script = `
      const { openRootKeyFile } = await import(process.argv[1])
      const provider = await openRootKeyFile({ path: process.argv[2], create: true })
      console.log(JSON.stringify({ id: await provider.currentKeyId(), created: provider.created }))`
    const module = new URL('./root-key-file.ts', import.meta.url).href
    const args = ['--import', 'tsx', '--input-type=module', '--eval', script, module, path]
    const answers = await Promise.all(Array.from({ length: 3 }, () => run(process.execPath, args)))
    const parsed = answers.map(({ stdout }): { id: string; created: boolean } => JSON.parse(stdout))
    expect(new Set(parsed.map(({ id }) => id)).size).toBe(1)
    expect(parsed.filter(({ created }) => created).length).toBe(1)
  })

  test('is not done unless asked', async () => {
    await expect(openRootKeyFile({ path, create: false })).rejects.toThrow(refusal('ROOT_KEY_FILE_MISSING'))
    expect(await readdir(folder)).toEqual([])
  })

  test('in a place that is no folder says so', async () => {
    await writeFile(join(folder, 'plain'), '')
    const opening = openRootKeyFile({ path: join(folder, 'plain', 'root-key.json'), create: true })
    await expect(opening).rejects.toThrow(refusal('ROOT_KEY_FILE_UNREADABLE'))
  })
})

describe('an existing file', () => {
  test('may hold several keys, of which the current one wraps', async () => {
    await write(validFile())
    const provider = await openRootKeyFile({ path, create: true })
    expect(await provider.currentKeyId()).toBe('two')
    expect((await provider.wrap({ plaintext, context })).rootKeyId).toBe('two')
  })

  test.each([0o640, 0o604, 0o660, 0o620, 0o601, 0o644, 0o777])(
    'that others have rights to (%o) is refused with the remedy',
    async (mode) => {
      await write(validFile(), mode)
      const opening = openRootKeyFile({ path, create: true })
      await expect(opening).rejects.toThrow(refusal('ROOT_KEY_FILE_EXPOSED'))
      await expect(opening).rejects.toThrow(`chmod 600 ${path}`)
    },
  )

  test.each([0o600, 0o400, 0o700])('of mode %o is read', async (mode) => {
    await write(validFile(), mode)
    expect((await openRootKeyFile({ path, create: false })).created).toBe(false)
  })

  test.each(['', ' \n'])('that is empty (%j) is refused and stays as it is', async (content) => {
    await write(content)
    await expect(openRootKeyFile({ path, create: true })).rejects.toThrow(refusal('ROOT_KEY_FILE_EMPTY'))
    expect(await readFile(path, 'utf8')).toBe(content)
  })

  const good = () => JSON.parse(validFile())
  test.each([
    ['no JSON', () => validFile().slice(0, -20)],
    ['binary', () => randomBytes(300)],
    ['a list', () => '[]'],
    ['another format', () => JSON.stringify({ ...good(), format: 'other' })],
    ['a later version', () => JSON.stringify({ ...good(), version: 2 })],
    ['no keys', () => JSON.stringify({ ...good(), keys: [] })],
    ['keys that are no list', () => JSON.stringify({ ...good(), keys: {} })],
    ['no current key', () => JSON.stringify({ ...good(), current: undefined })],
    ['an unknown current key', () => JSON.stringify({ ...good(), current: 'three' })],
    ['one id twice', () => JSON.stringify({ ...good(), keys: [good().keys[1], good().keys[1]] })],
    ['a malformed id', () => JSON.stringify({ ...good(), keys: [{ ...good().keys[1], id: 'a/b' }] })],
    ['a short key', () => JSON.stringify({ ...good(), keys: [{ ...good().keys[1], key: 'AAEC' }] })],
    ['a zero key', () => JSON.stringify({ ...good(), keys: [{ ...good().keys[1], key: 'A'.repeat(43) }] })],
    ['a key that is no text', () => JSON.stringify({ ...good(), keys: [{ id: 'two', key: 7 }] })],
    ['null for a key', () => JSON.stringify({ ...good(), keys: [null] })],
  ])('with %s is refused, without a word of its content, and stays as it is', async (_, content) => {
    const written = content()
    await write(written)
    const opening = openRootKeyFile({ path, create: true })
    await expect(opening).rejects.toThrow(refusal('ROOT_KEY_FILE_MALFORMED'))
    const message = await opening.then(String, String)
    const keys = String(written).match(/[\w-]{43}/g) ?? []
    for (const key of keys) expect(message).not.toContain(key.slice(0, 8))
    expect((await readFile(path)).equals(Buffer.from(written))).toBe(true)
  })

  test('that is a folder, a pipe or far too large is refused', async () => {
    await mkdir(path)
    await expect(openRootKeyFile({ path, create: true })).rejects.toThrow(refusal('ROOT_KEY_FILE_UNREADABLE'))
    const pipe = join(folder, 'pipe')
    await run('mkfifo', ['-m', '600', pipe])
    await expect(openRootKeyFile({ path: pipe, create: true })).rejects.toThrow(
      refusal('ROOT_KEY_FILE_UNREADABLE'),
    )
    path = join(folder, 'large')
    await write(Buffer.alloc(70_000, ' '))
    await expect(openRootKeyFile({ path, create: true })).rejects.toThrow(refusal('ROOT_KEY_FILE_UNREADABLE'))
  })

  test('is not made through a link that leads nowhere', async () => {
    await symlink(join(folder, 'nowhere'), path)
    await expect(openRootKeyFile({ path, create: true })).rejects.toThrow(refusal('ROOT_KEY_FILE_UNREADABLE'))
  })
})
