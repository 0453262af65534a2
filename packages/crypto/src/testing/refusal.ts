import { expect } from 'vitest'

/** What anything of ours that was refused for this reason throws. */
export function refusal(code: string) {
  return expect.objectContaining({ name: 'CryptoError', code })
}
