/** The FNV-1a hash of a text, as an unsigned 32-bit number: names become seeds. */
export function hashText(text: string): number {
  let hash = 0x811c9dc5
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193)
  }
  return hash >>> 0
}

/**
 * One unsigned 32-bit number out of a seed and a position. The finaliser is murmur3's, so neighbouring
 * positions share nothing, and the same pair gives the same number in every process.
 */
export function mix(seed: number, position: number): number {
  let hash = (seed ^ Math.imul(position, 0x9e3779b1)) | 0
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  hash = Math.imul((hash ^ (hash >>> 16)) + seed, 0x27d4eb2f)
  return (hash ^ (hash >>> 15)) >>> 0
}

/** A number from 0 up to, but not including, 1. */
export function uniform(seed: number, position: number): number {
  return mix(seed, position) / 0x1_0000_0000
}

/** A bell-shaped number with mean 0, variance 1 and no value beyond 3: the sum of three uniform ones. */
export function bell(seed: number, position: number): number {
  const sum =
    uniform(seed, position) + uniform(seed ^ 0x5bd1e995, position) + uniform(seed ^ 0x3c6ef372, position)
  return (sum - 1.5) * 2
}
