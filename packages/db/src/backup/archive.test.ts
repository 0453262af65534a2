import { execFileSync } from 'node:child_process'
import { createHash, randomUUID } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { writeArchive } from './archive.ts'
import { createArchiveFile } from './archive-file.ts'
import { createTally } from './copy-rows.ts'
import { folderOf, type Manifest, manifestName, summaryName } from './manifest.ts'
import { readBackup, verifyBackup } from './read-backup.ts'
import { sealOf, sealSize } from './seal.ts'
import { type Entry, readTar, tarEntry } from './tar.ts'

const table = { schema: 'public', name: 'things', columns: ['id', 'text'], partitions: [] }
const refused = {
  code: expect.stringMatching(/^(DAMAGED|NOT_AN_ARCHIVE)$/),
  message: expect.stringMatching(/\.$/),
}
let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'opentrade-archive-'))
})
afterAll(async () => {
  await rm(folder, { recursive: true })
})

function entriesOf(parts: Buffer[]): Entry[] {
  const tally = createTally()
  for (const part of parts) tally.add(part)
  const manifest: Manifest = {
    ...{ format: 1, opentradeVersion: '0', postgresVersion: '18', takenAt: '', deploymentId: null },
    ...{ migrations: [], queueMigration: null, rootKeys: [], tables: [table], sequences: [] },
  }
  return [
    { name: manifestName, data: Buffer.from(JSON.stringify(manifest)) },
    ...parts.map((data, index) => ({ name: `${folderOf(table)}/${index}.copy`, data })),
    {
      name: summaryName,
      data: Buffer.from(
        JSON.stringify({ tables: [{ schema: table.schema, name: table.name, ...tally.result() }] }),
      ),
    },
  ]
}

async function write(entries: Entry[]): Promise<string> {
  const path = join(folder, randomUUID())
  await createArchiveFile({ path, write: (file) => writeArchive(file, fromArray(entries)) })
  return path
}

async function* fromArray(entries: Entry[]): AsyncGenerator<Entry> {
  yield* entries
}

const sample = [Buffer.from('1\tone\n2\ttwo\n'), Buffer.from('3\tthree\n')]

test('what is written is read again, whatever the sizes', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 3_000 }), { maxLength: 5 }), async (arrays) => {
      const parts = arrays.map((bytes) => Buffer.from(bytes))
      const path = await write(entriesOf(parts))
      const read: Buffer[] = []
      await readBackup({
        path,
        async onRows({ part }) {
          read.push(Buffer.from(part))
        },
      })
      expect(Buffer.concat(read).equals(Buffer.concat(parts))).toBe(true)
    }),
    { numRuns: 30 },
  )
})

test('every changed bit is recognised, wherever it is', async () => {
  const whole = await readFile(await write(entriesOf(sample)))
  const path = join(folder, randomUUID())
  for (let at = 0; at < whole.length; at += 1) {
    const changed = Buffer.from(whole)
    changed[at] = (changed[at] ?? 0) ^ (1 << (at % 8))
    await writeFile(path, changed)
    await expect(verifyBackup(path)).rejects.toMatchObject(refused)
  }
})

test('an archive that was cut off, or goes on, is recognised', async () => {
  const whole = await readFile(await write(entriesOf(sample)))
  const path = join(folder, randomUUID())
  for (let length = 0; length < whole.length; length += 1) {
    await writeFile(path, whole.subarray(0, length))
    await expect(verifyBackup(path)).rejects.toMatchObject(refused)
  }
  for (const rest of [Buffer.alloc(1), Buffer.alloc(1_000), whole]) {
    await writeFile(path, Buffer.concat([whole, rest]))
    await expect(verifyBackup(path)).rejects.toMatchObject(refused)
  }
})

test('entries that are missing, doubled, foreign or in another order are recognised, even when sealed', async () => {
  const [first, one, two, last] = entriesOf(sample) as [Entry, Entry, Entry, Entry]
  const wrong = [
    [],
    [first],
    [first, one, two],
    [first, one, last],
    [first, two, one, last],
    [one, two, first, last],
    [first, one, one, two, last],
    [first, one, last, two],
    [first, last, one, two, last],
    [first, one, two, last, last],
    [first, one, two, { name: 'tables/public.other/1.copy', data: Buffer.from('1\n') }, last],
    [{ name: manifestName, data: Buffer.from('{}') }, last],
    [{ name: manifestName, data: Buffer.from('[') }, last],
  ]
  for (const entries of wrong) {
    await expect(verifyBackup(await write(entries))).rejects.toMatchObject(refused)
  }
  await expect(verifyBackup(await write([first, one, two, last]))).resolves.toMatchObject({
    tables: [{ rows: 3 }],
  })
})

test('a later format is told from damage', async () => {
  const entries = [{ name: manifestName, data: Buffer.from('{"format": 2}') }]
  await expect(verifyBackup(await write(entries))).rejects.toMatchObject({ code: 'NEWER_ARCHIVE' })
})

test('files that are no archives are refused: none, empty, text, a folder, a gzip of something else', async () => {
  const path = join(folder, randomUUID())
  await expect(verifyBackup(path)).rejects.toMatchObject({ code: 'NOT_AN_ARCHIVE' })
  await writeFile(path, '')
  await expect(verifyBackup(path)).rejects.toMatchObject({ code: 'NOT_AN_ARCHIVE' })
  await writeFile(path, 'PGDMP and so on, long enough to hold a seal, if it were one: '.repeat(10))
  await expect(verifyBackup(path)).rejects.toMatchObject({ code: 'NOT_AN_ARCHIVE' })
  await expect(verifyBackup(folder)).rejects.toMatchObject(refused)
  const text = Buffer.from('not a gzip')
  await writeFile(path, Buffer.concat([Buffer.from([0x1f]), text]))
  await expect(verifyBackup(path)).rejects.toMatchObject(refused)
  const sealed = Buffer.concat([Buffer.from([0x1f]), text])
  await writeFile(path, Buffer.concat([sealed, sealOf(createHash('sha256').update(sealed).digest('hex'))]))
  await expect(verifyBackup(path)).rejects.toMatchObject(refused)
})

test('gzip and tar read it, too', async () => {
  const path = await write(entriesOf(sample))
  execFileSync('gzip', ['-t'], { input: await readFile(path) })
  const listed = execFileSync('tar', ['-tzf', path], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
  expect(listed.trim().split('\n')).toEqual(entriesOf(sample).map(({ name }) => name))
})

test('a tar is read in whatever pieces it comes', async () => {
  const entry = { name: 'a', data: Buffer.from('x'.repeat(700)) }
  const bytes = Buffer.concat([...tarEntry(entry), Buffer.alloc(1_024)])
  for (const size of [1, 511, 513, 10_000]) {
    const read: Entry[] = []
    for await (const { name, data } of readTar(pieces(bytes, size)))
      read.push({ name, data: Buffer.from(data) })
    expect(read).toEqual([entry])
  }
})

async function* pieces(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

test('nothing stays of a file that could not be written, and a full disk is named', async () => {
  const place = await mkdtemp(join(folder, 'full-'))
  const path = join(place, 'a.tar.gz')
  const full = Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' })
  const failing = createArchiveFile({
    path,
    async write(file) {
      await file.appendFile('half')
      throw full
    },
  })
  await expect(failing).rejects.toMatchObject({
    code: 'NOT_WRITTEN',
    message: expect.stringContaining('the disk is full'),
  })
  expect(await readdir(place)).toEqual([])
})

test('a file that comes to be while another is written is not replaced', async () => {
  const path = join(folder, randomUUID())
  const late = createArchiveFile({
    path,
    write: async (file) => {
      await file.appendFile('late')
      await writeFile(path, 'first')
    },
  })
  await expect(late).rejects.toMatchObject({ code: 'FILE_EXISTS' })
  expect(await readFile(path, 'utf8')).toBe('first')
})

test('a seal is of one length', () => {
  expect(sealOf('a'.repeat(64))).toHaveLength(sealSize)
})
