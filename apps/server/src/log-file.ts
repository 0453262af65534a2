import { closeSync, openSync, writeSync } from 'node:fs'

/** Lines are written together when there are so many bytes of them, or when somebody asks for it. */
const WRITE_ABOVE_BYTES = 4_096
/** What waits for a file that cannot be written, at most: the first lines of a trouble say most about it. */
const HELD_BYTES = 256_000
/** A file that could not be written is tried again after this, so that a full disk costs a call a second. */
const AGAIN_AFTER_MS = 1_000

/** Where the log goes. */
export interface LogFile {
  /** Takes a line, with its line break. Never throws and never waits. */
  write: (line: string) => void
  /** Writes what is held, as far as it can be written. */
  flush: () => void
  /** False while the last try to write has failed. A full pipe counts only once lines are lost. */
  writable: () => boolean
  close: () => void
}

interface Options {
  /** The path of a file, or the number of one that is open. */
  target: string | number
  /** The line that says how many were lost, with its line break. */
  lostLine: (lost: { lines: number; code: string }) => string
  /** By default, lines are written a few kilobytes at a time. */
  writeAboveBytes?: number
  now?: () => number
}

/**
 * Opens a log file that never stops the process that writes to it: what cannot be written, as on a full disk, waits
 * in memory up to a limit. Beyond that, lines are dropped and counted, and the count is written when writing works
 * again. (pino's own destination, in its synchronous mode, retries within the call until it can be written.)
 * @throws the error of opening the file, unless its disk is full
 */
export function openLogFile(o: Options): LogFile {
  const { target, lostLine, writeAboveBytes = WRITE_ABOVE_BYTES, now = () => performance.now() } = o
  let held: string[] = []
  let heldBytes = 0
  /** Of what stands in the file, the last line is cut off. */
  let isCut = false
  let lost = 0
  let failure: { code: string; at: number } | null = null
  let file: number | null = null
  try {
    file = open(target)
  } catch (error) {
    if (codeOf(error) !== 'ENOSPC' && codeOf(error) !== 'EDQUOT') throw error
    fail(error)
  }

  function fail(error: unknown): void {
    failure = { code: codeOf(error), at: now() }
  }

  function write(line: string): void {
    if (heldBytes > HELD_BYTES) {
      lost += 1
    } else {
      held.push(line)
      heldBytes += Buffer.byteLength(line)
    }
    if (heldBytes >= writeAboveBytes && (!failure || now() - failure.at >= AGAIN_AFTER_MS)) flush()
  }

  function flush(): void {
    const note = lost > 0 ? lostLine({ lines: lost, code: failure?.code ?? 'UNKNOWN' }) : ''
    if (held.length === 0 && note === '') return
    const bytes = Buffer.from((isCut ? '\n' : '') + held.join('') + note)
    let written = 0
    try {
      file ??= open(target)
      while (written < bytes.length) written += writeSync(file, bytes, written)
      held = []
      lost = 0
      isCut = false
      failure = null
    } catch (error) {
      fail(error)
      keepFrom(bytes.subarray(0, written))
    }
    heldBytes = held.reduce((sum, line) => sum + Buffer.byteLength(line), 0)
  }

  /** Forgets what was written; a line of which a part was written is written again, whole, on a line of its own. */
  function keepFrom(written: Buffer): void {
    if (written.length === 0) return
    const wholeLines = written.toString('latin1').split('\n').length - 1 - (isCut ? 1 : 0)
    held = held.slice(Math.max(0, wholeLines))
    isCut = written.at(-1) !== '\n'.charCodeAt(0)
  }

  return {
    write,
    flush,
    writable: () => failure === null || (failure.code === 'EAGAIN' && lost === 0),
    close() {
      flush()
      if (typeof target === 'string' && file !== null) closeSync(file)
      file = null
    },
  }
}

function open(target: string | number): number {
  return typeof target === 'number' ? target : openSync(target, 'a', 0o600)
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'UNKNOWN'
}
