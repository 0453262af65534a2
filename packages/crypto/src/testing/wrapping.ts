import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import type { WrapContext } from '../root-key.ts'

/** A key to wrap, and what it is for. */
export const plaintext = randomBytes(32)
export const context: WrapContext = { purpose: 'data-key', deploymentId: 'd', ownerId: 'o', keyId: 'k' }

const part = fc.string({ unit: 'grapheme', maxLength: 40 })

/** Whatever else a key may be for. */
export const contexts = fc.record<WrapContext>({
  purpose: fc.constantFrom('data-key', 'signing-key', 'blind-index'),
  deploymentId: part,
  ownerId: part,
  keyId: part,
})
