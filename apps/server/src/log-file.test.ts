import fs, { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type LogFile, openLogFile } from './log-file.ts'

/** What the system says of a write; null lets it write so many bytes, `true` all. */
const system = { next: (): string | number | true => true }

const { writeSync } = fs
beforeAll(() => {
  function write(file: number, bytes: Buffer, offset: number): number {
    const said = system.next()
    if (typeof said === 'string') throw Object.assign(new Error(said), { code: said })
    return writeSync(file, bytes, offset, said === true ? bytes.length - offset : said)
  }
  // Of its overloads, the log uses this one.
  fs.writeSync = write as typeof writeSync
  syncBuiltinESMExports()
})
afterAll(() => {
  fs.writeSync = writeSync
  syncBuiltinESMExports()
})

let folder: string
let path: string
let file: LogFile
let clock = 0

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'opentrade-log-'))
  path = join(folder, 'server.log')
  system.next = () => true
  file = open(path)
})
afterEach(() => {
  system.next = () => true
  file.close()
  rmSync(folder, { recursive: true })
})

function open(target: string | number): LogFile {
  return openLogFile({
    target,
    lostLine: ({ lines, code }) => `lost ${lines} to ${code}\n`,
    now: () => clock,
  })
}

function written(): string[] {
  return readFileSync(path, 'utf8').split('\n').slice(0, -1)
}

describe('a log file', () => {
  it.for(['ENOSPC', 'EIO', 'EAGAIN', 'EDQUOT', 'EBADF', 'EPIPE'])(
    'that fails with %s stops nobody, holds the first lines, counts the others, and says so when it is well',
    (code) => {
      let tries = 0
      system.next = () => {
        tries += 1
        return code
      }
      const lines = Array.from({ length: 5_000 }, (_, index) => `line ${index} ${'x'.repeat(100)}`)
      for (const line of lines) file.write(`${line}\n`)
      file.flush()
      expect(file.writable()).toBe(false)
      // Each try is a call to the system: the clock has not moved, so there were few.
      expect(tries).toBeLessThan(5)

      system.next = () => true
      file.flush()
      expect(file.writable()).toBe(true)
      const kept = written()
      const note = kept.pop()
      expect(kept).toEqual(lines.slice(0, kept.length))
      expect(kept.length).toBeGreaterThan(1_000)
      expect(note).toBe(`lost ${lines.length - kept.length} to ${code}`)

      file.write('after\n')
      file.flush()
      expect(written().at(-1)).toBe('after')
    },
  )

  it('is tried again by itself after a second, however much is written', () => {
    let tries = 0
    system.next = () => {
      tries += 1
      return 'ENOSPC'
    }
    for (let second = 0; second < 10; second += 1) {
      clock += 1_000
      for (let line = 0; line < 100; line += 1) file.write(`${'x'.repeat(200)}\n`)
    }
    expect(tries).toBe(10)
  })

  it('that is a pipe with a slow reader is writable until lines are lost', () => {
    system.next = () => 'EAGAIN'
    file.write('one\n')
    file.flush()
    expect(file.writable()).toBe(true)
    for (let line = 0; line < 5_000; line += 1) file.write(`${'x'.repeat(100)}\n`)
    expect(file.writable()).toBe(false)
  })

  it('keeps its lines whole when the disk is full in the middle of one, at whatever byte', () => {
    const lines = ['one', 'zwei ü', 'three 🪙', 'four']
    const length = Buffer.byteLength(lines.join('\n')) + 1
    for (let bytes = 0; bytes < length; bytes += 1) {
      rmSync(path, { force: true })
      const cut = open(path)
      for (const line of lines) cut.write(`${line}\n`)
      let isFirst = true
      system.next = () => {
        if (!isFirst || bytes === 0) return 'ENOSPC'
        isFirst = false
        return bytes
      }
      cut.flush()
      system.next = () => true
      cut.close()
      const found = written()
      expect(new Set(found.filter((line) => lines.includes(line)))).toEqual(new Set(lines))
      // At most the piece that was cut off stands there besides.
      expect(found.length).toBeLessThanOrEqual(lines.length + 1)
    }
  })

  it.runIf(existsSync('/dev/full'))('that is a full device stops nobody', () => {
    const full = openSync('/dev/full', 'w')
    const device = open(full)
    for (let line = 0; line < 10_000; line += 1) device.write(`${'x'.repeat(100)}\n`)
    device.flush()
    expect(device.writable()).toBe(false)
    device.close()
    closeSync(full)
  })

  it('that cannot be opened for another reason is said at once', () => {
    expect(() => open(join(folder, 'none', 'server.log'))).toThrow('ENOENT')
  })
})
