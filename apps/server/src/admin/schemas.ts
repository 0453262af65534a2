import { z } from 'zod'

export const OneRotation = z.strictObject({
  rotationId: z.uuid().describe('What `rotateRoot` or `rotateData` gave back.'),
})
export type OneRotation = z.infer<typeof OneRotation>

export const RotateData = z
  .strictObject({
    userId: z.uuid().optional().describe('The person whose keys are rotated; all when left out.'),
  })
  .optional()
export type RotateData = z.infer<typeof RotateData>

export const RetireRootKey = z.strictObject({
  provider: z.string().min(1).max(50).describe('As `status` names it, such as `file`.'),
  rootKeyId: z.string().min(1).max(255).describe('As `status` names it.'),
})
export type RetireRootKey = z.infer<typeof RetireRootKey>

/** A rotation on the wire. */
export interface Rotation {
  rotationId: string
  /** `root`: everything is wrapped anew by one root key. `data`: every stored secret is sealed anew. */
  kind: 'root' | 'data'
  /** `waiting`: it continues automatically; `error` says what it waits for, or why it cannot end. */
  status: 'running' | 'waiting' | 'done' | 'failed' | 'abandoned'
  step: 'preparing' | 'staged' | 'wrapping' | 'sealing' | 'finished'
  userId: string | null
  /** The root key that everything is brought to; null until it is known, and for data keys. */
  rootKey: { provider: string; rootKeyId: string } | null
  done: number
  total: number
  error: { code: string; message: string } | null
  startedAt: string
  finishedAt: string | null
}

/** A root key as an administrator may see it: everything but the key. */
export interface RootKey {
  provider: string
  rootKeyId: string
  /** Whether it wraps what is new. */
  isCurrent: boolean
  /** Whether it was retired: nothing may be wrapped by it any more. */
  isRetired: boolean
  /** False: it can be retired when it is not the current one. */
  isInUse: boolean
  /** Whether the root key file holds it: a retired one that it still holds can be removed by retiring it again. */
  isInFile: boolean
  /** How many keys it wraps. */
  dataKeys: number
  signingKeys: number
  secrets: number
}

/** Where the keys of the installation stand. */
export interface KeyStatus {
  /** The providers that are configured, the current one first. */
  providers: string[]
  /** Null when the provider does not say: `problem` then says why. */
  current: { provider: string; rootKeyId: string } | null
  /** Why nothing can be sealed now; null when it can. */
  problem: { code: string; message: string } | null
  rootKeys: RootKey[]
  /** The processes that serve this installation now; `problem` says why one of them can seal nothing. */
  processes: {
    host: string
    pid: number
    role: string
    startedAt: string
    seenAt: string
    problem: { code: string; message: string } | null
  }[]
  /** The newest first. */
  rotations: Rotation[]
}

/** What came of retiring a root key. */
export interface RetiredRootKey {
  provider: string
  rootKeyId: string
  /** Whether the key itself was removed, too; else that is for the operator to do. */
  isRemoved: boolean
  /** What remains to be done, in a sentence. */
  next: string
}

/** What checking one provider has shown. */
export interface VaultCheck {
  provider: string
  ok: boolean
  rootKeyId: string | null
  steps: { step: string; outcome: 'ok' | 'failed' | 'not tried'; milliseconds: number; detail: string }[]
}
