/** The last entry of a log: its number and its hash. */
interface Head {
  seq: string
  hash: string
}

const NOTE = /^\s*#?([1-9]\d{0,17})[\s:·,;-]+([0-9a-f]{64})\s*$/i

/** The head as one line that a person can keep: "12:9f86…". */
export function writeNote(head: Head): string {
  return `${head.seq}:${head.hash}`
}

/** Reads a line that `writeNote` wrote, also when it was copied with blanks; null when it is none. */
export function readNote(text: string): Head | null {
  const [, seq, hash] = NOTE.exec(text) ?? []
  return seq && hash ? { seq, hash: hash.toLowerCase() } : null
}
