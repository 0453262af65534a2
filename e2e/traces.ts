import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** A secret in one of the forms in which it might be found. */
export interface Trace {
  /** Which secret and form; never the secret itself, so that a failing test does not show it. */
  name: string
  bytes: Buffer
}

/** The forms of a secret: as it is, URL-encoded, JSON-escaped, hex, and base64 at each of its three alignments. */
export function tracesOf(name: string, secret: string): Trace[] {
  const bytes = Buffer.from(secret, 'utf8')
  const texts: Record<string, string> = {
    plain: secret,
    'URL-encoded': encodeURIComponent(secret),
    escaped: JSON.stringify(secret).slice(1, -1),
    hex: bytes.toString('hex'),
    HEX: bytes.toString('hex').toUpperCase(),
  }
  for (const shift of [0, 1, 2]) {
    const shifted = Buffer.concat([Buffer.alloc(shift), bytes])
    for (const encoding of ['base64', 'base64url'] as const) {
      // What the bytes before and after it have a part in is left out.
      const whole = shifted.subarray(0, shifted.length - (shifted.length % 3)).toString(encoding)
      texts[`${encoding} at ${shift}`] = whole.slice(shift === 0 ? 0 : 4)
    }
  }
  return Object.entries(texts).map(([form, text]) => ({ name: `${name} ${form}`, bytes: Buffer.from(text) }))
}

/** Names of the traces that stand in a text or a file's bytes. */
export function findTraces(traces: readonly Trace[], haystack: string | Buffer): string[] {
  const bytes = typeof haystack === 'string' ? Buffer.from(haystack) : haystack
  return traces.filter((trace) => bytes.includes(trace.bytes)).map(({ name }) => name)
}

/** The same for all files under a folder, each with the file's path. */
export function findTracesInFolder(traces: readonly Trace[], folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .flatMap((entry) => {
      const path = join(entry.parentPath, entry.name)
      return findTraces(traces, readFileSync(path)).map((name) => `${name} in ${path}`)
    })
}
