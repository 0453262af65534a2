import { randomFillSync } from 'node:crypto'

/** Bytes of an AES-GCM nonce (NIST SP 800-38D, 5.2.1.1: 96 bits is the one length that needs no extra hashing). */
export const NONCE_BYTES = 12

const POOL_NONCES = 512
const pool = Buffer.alloc(NONCE_BYTES * POOL_NONCES)
let next = pool.length

/**
 * Writes a fresh random nonce into `target` at `offset`.
 *
 * One call to the system's generator fills a pool of 512, since a call for 12 bytes costs as much as the
 * encryption. A nonce leaves the pool once: its place is zeroed as it is handed out.
 */
export function writeNonce(target: Uint8Array, offset: number): void {
  if (next === pool.length) {
    randomFillSync(pool)
    next = 0
  }
  for (let index = 0; index < NONCE_BYTES; index += 1) {
    target[offset + index] = pool[next + index] ?? 0
    pool[next + index] = 0
  }
  next += NONCE_BYTES
}
