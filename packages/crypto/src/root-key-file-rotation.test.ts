import { execFile, spawn, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { chmod, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { withFileLock } from './file-lock.ts'
import type { RootKeyProvider } from './root-key.ts'
import { openRootKeyFile } from './root-key-file.ts'
import { listRootKeys, promoteRootKey, retireRootKey, stageRootKey } from './root-key-file-rotation.ts'
import { refusal } from './testing/refusal.ts'

const run = promisify(execFile)
const context = { purpose: 'data-key', deploymentId: 'd', ownerId: 'o', keyId: 'k' } as const
const plaintext = randomBytes(32)

let folder: string
let path: string
let lock: string
let provider: RootKeyProvider
let firstId: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'opentrade-rotation-'))
  path = join(folder, 'root-key.json')
  lock = join(folder, '.root-key.json.lock')
  provider = await openRootKeyFile({ path, create: true })
  firstId = await provider.currentKeyId()
})
afterEach(() => rm(folder, { recursive: true, force: true }))

/** The number of a process that has ended, so that nobody has it now. */
function deadPid(): number {
  return spawnSync(process.execPath, ['--version']).pid
}

describe('a rotation of the root key file', () => {
  test('stages, promotes and retires while a process that opened it before follows', async () => {
    const old = await provider.wrap({ plaintext, context })
    const staged = await stageRootKey({ path })
    expect(await provider.currentKeyId()).toBe(firstId)

    await promoteRootKey({ path, id: staged.id })
    const fresh = await provider.wrap({ plaintext, context })
    expect(fresh.rootKeyId).toBe(staged.id)
    expect(Buffer.from(await provider.unwrap({ ...old, context }))).toEqual(plaintext)

    await retireRootKey({ path, id: firstId })
    expect(await provider.currentKeyId()).toBe(staged.id)
    await expect(provider.unwrap({ ...old, context })).rejects.toThrow(refusal('ROOT_KEY_UNKNOWN'))
    expect(Buffer.from(await provider.unwrap({ ...fresh, context }))).toEqual(plaintext)
  })

  test('promotes a key in the place of another only while that one is current', async () => {
    const { id: second } = await stageRootKey({ path })
    const { id: third } = await stageRootKey({ path })
    expect(await promoteRootKey({ path, id: third, insteadOf: second })).toEqual({ id: firstId })
    expect(await provider.currentKeyId()).toBe(firstId)
    expect(await promoteRootKey({ path, id: third, insteadOf: firstId })).toEqual({ id: third })
    expect(await provider.currentKeyId()).toBe(third)
  })

  test('lets a process that never looked since unwrap what another wrapped with a newer key', async () => {
    const other = await openRootKeyFile({ path, create: false })
    await promoteRootKey({ path, ...(await stageRootKey({ path })) })
    const fresh = await other.wrap({ plaintext, context })
    expect(await provider.holds?.(fresh.rootKeyId)).toBe(true)
    expect(Buffer.from(await provider.unwrap({ ...fresh, context }))).toEqual(plaintext)
  })

  test('shows ids and times, and no key', async () => {
    const { id } = await stageRootKey({ path })
    const entries = await listRootKeys({ path })
    expect(entries.map((entry) => [entry.id, entry.current])).toEqual([
      [firstId, true],
      [id, false],
    ])
    expect(Object.keys(entries[0] ?? {})).toEqual(['id', 'createdAt', 'current'])
  })

  test('leaves nothing but the file, with the rights that it had', async () => {
    await chmod(path, 0o400)
    await writeFile(join(folder, '.root-key.json-dead.draft'), 'left by a process that was killed')
    await stageRootKey({ path })
    expect(await readdir(folder)).toEqual(['root-key.json'])
    expect((await stat(path)).mode & 0o777).toBe(0o400)
  })

  test('replaces what a link leads to, and not the link', async () => {
    const linked = join(folder, 'linked.json')
    await symlink(path, linked)
    const { id } = await stageRootKey({ path: linked })
    expect((await listRootKeys({ path })).map((entry) => entry.id)).toEqual([firstId, id])
    expect((await readdir(folder)).sort()).toEqual(['linked.json', 'root-key.json'])
  })

  test('refuses the current key, unknown keys and a missing or damaged file, and changes nothing', async () => {
    const before = await readFile(path)
    await expect(retireRootKey({ path, id: firstId })).rejects.toThrow(refusal('INPUT_INVALID'))
    await expect(retireRootKey({ path, id: 'other' })).rejects.toThrow(refusal('ROOT_KEY_UNKNOWN'))
    await expect(promoteRootKey({ path, id: 'other' })).rejects.toThrow(refusal('ROOT_KEY_UNKNOWN'))
    expect(await readFile(path)).toEqual(before)
    const missing = join(folder, 'missing.json')
    await expect(stageRootKey({ path: missing })).rejects.toThrow(refusal('ROOT_KEY_FILE_MISSING'))
    await expect(listRootKeys({ path: missing })).rejects.toThrow(refusal('ROOT_KEY_FILE_MISSING'))
    await writeFile(path, 'damaged')
    await expect(stageRootKey({ path })).rejects.toThrow(refusal('ROOT_KEY_FILE_MALFORMED'))
    expect(await readFile(path, 'utf8')).toBe('damaged')
    expect(await readdir(folder)).toEqual(['root-key.json'])
  })

  test('loses none of many changes at once in one process', async () => {
    const staged = await Promise.all(Array.from({ length: 12 }, () => stageRootKey({ path })))
    const ids = (await listRootKeys({ path })).map(({ id }) => id)
    expect(ids.sort()).toEqual([firstId, ...staged.map(({ id }) => id)].sort())
    expect(await readdir(folder)).toEqual(['root-key.json'])
  })

  test('loses none of the changes of two processes at once', async () => {
    const script = `
      const { stageRootKey } = await import(process.argv[1])
      const ids = []
      for (let round = 0; round < 8; round += 1) ids.push((await stageRootKey({ path: process.argv[2] })).id)
      console.log(JSON.stringify(ids))`
    const module = new URL('./root-key-file-rotation.ts', import.meta.url).href
    const args = ['--import', 'tsx', '--input-type=module', '--eval', script, module, path]
    const answers = await Promise.all([run(process.execPath, args), run(process.execPath, args)])
    const staged = answers.flatMap(({ stdout }): string[] => JSON.parse(stdout))
    expect(staged).toHaveLength(16)
    expect((await listRootKeys({ path })).map(({ id }) => id).sort()).toEqual([firstId, ...staged].sort())
    expect(await readdir(folder)).toEqual(['root-key.json'])
  })
})

/** Stages, promotes and retires for ever, a word for each, and is killed after so many words. */
async function killAfter(words: number): Promise<void> {
  const script = `
    const { stageRootKey, promoteRootKey, retireRootKey, listRootKeys } = await import(process.argv[1])
    const path = process.argv[2]
    for (;;) {
      const { id } = await stageRootKey({ path })
      console.log('staged')
      await promoteRootKey({ path, id })
      console.log('promoted')
      const oldest = (await listRootKeys({ path }))[1]
      await retireRootKey({ path, id: oldest.current ? id : oldest.id }).catch(() => {})
      console.log('retired')
    }`
  const module = new URL('./root-key-file-rotation.ts', import.meta.url).href
  const args = ['--import', 'tsx', '--input-type=module', '--eval', script, module, path]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  let seen = 0
  child.stdout.on('data', (chunk: Buffer) => {
    seen += chunk.toString().split('\n').length - 1
    if (seen >= words) child.kill('SIGKILL')
  })
  await once(child, 'exit')
}

test('a process that is killed in a rotation leaves a whole file, and the next one goes on', async () => {
  const wrapped = await provider.wrap({ plaintext, context })
  for (const words of [1, 2, 3, 8]) {
    await killAfter(words)
    const opened = await openRootKeyFile({ path, create: false })
    expect(Buffer.from(await opened.unwrap({ ...wrapped, context }))).toEqual(plaintext)
    const { id } = await stageRootKey({ path })
    expect((await listRootKeys({ path })).map((entry) => entry.id)).toContain(id)
  }
  const left = await readdir(folder)
  // The name that a lock had before it was linked into place may be left: it says who held it, and no key.
  expect(left.filter((name) => !name.startsWith('.root-key.json.lock.'))).toEqual(['root-key.json'])
})

describe('a file that changed under a running process', () => {
  test('and is gone stops new wraps, and goes on unwrapping', async () => {
    const wrapped = await provider.wrap({ plaintext, context })
    await rm(path)
    await expect(provider.wrap({ plaintext, context })).rejects.toThrow(refusal('ROOT_KEY_FILE_MISSING'))
    await expect(provider.currentKeyId()).rejects.toThrow(refusal('ROOT_KEY_FILE_MISSING'))
    expect(Buffer.from(await provider.unwrap({ ...wrapped, context }))).toEqual(plaintext)
    expect(await readdir(folder)).toEqual([])
  })

  test('and is damaged or exposed stops new wraps, and says so', async () => {
    const text = await readFile(path)
    await writeFile(path, '')
    await expect(provider.wrap({ plaintext, context })).rejects.toThrow(refusal('ROOT_KEY_FILE_EMPTY'))
    await writeFile(path, text)
    await chmod(path, 0o644)
    await expect(provider.wrap({ plaintext, context })).rejects.toThrow(refusal('ROOT_KEY_FILE_EXPOSED'))
    await chmod(path, 0o600)
    expect((await provider.wrap({ plaintext, context })).rootKeyId).toBe(firstId)
  })
})

describe('the lock', () => {
  function holder(o: { pid: number; host?: string }): string {
    const token = randomBytes(12).toString('hex')
    return JSON.stringify({ token, pid: o.pid, host: o.host ?? hostname() })
  }

  test.each([
    ['a process that has ended', () => holder({ pid: deadPid() })],
    ['an earlier process of the same number', () => holder({ pid: process.pid })],
  ])('of %s is taken over, by one at a time', async (_, text) => {
    await writeFile(lock, text())
    let inside = 0
    let most = 0
    const work = async () => {
      inside += 1
      most = Math.max(most, inside)
      await new Promise((resolve) => setImmediate(resolve))
      inside -= 1
    }
    await Promise.all(Array.from({ length: 8 }, () => withFileLock({ lock, run: work })))
    expect(most).toBe(1)
    expect(await readdir(folder)).toEqual(['root-key.json'])
  })

  test.each([
    ['a living process', () => holder({ pid: process.ppid })],
    ['a process of another machine', () => holder({ pid: deadPid(), host: 'elsewhere' })],
    ['nobody that can be read', () => '{'],
  ])('of %s is respected, with the remedy', async (_, text) => {
    await writeFile(lock, text())
    const trying = withFileLock({ lock, deadlineMs: 20, run: async () => 'never' })
    await expect(trying).rejects.toThrow(refusal('ROOT_KEY_FILE_BUSY'))
    await expect(trying).rejects.toThrow(lock)
    expect(await readdir(folder)).toContain('.root-key.json.lock')
  })

  test('is released when the work fails', async () => {
    const failing = withFileLock({ lock, run: () => Promise.reject(new Error('of the work')) })
    await expect(failing).rejects.toThrow('of the work')
    expect(await withFileLock({ lock, run: async () => 'free' })).toBe('free')
  })
})
