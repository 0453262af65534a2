import type { CombinedRootKeys } from '@opentrade/crypto'
import type { Database } from '@opentrade/db'

/** What a rotation works with. Any number of processes may work at one rotation at a time. */
export interface RotationContext {
  db: Database
  rootKeys: CombinedRootKeys
  deploymentId: string
  /** Where the root keys of the provider `file` are. */
  rootKeyFile: string
  /** Tells whoever watches that a rotation has moved on. */
  publish: (rotationId: string) => Promise<void>
  /** Keys or rows in one transaction; as many as suit the provider when left out. */
  batch?: number
  /** Ends the work after the batch that is under way. */
  signal?: AbortSignal
}

/** Work that cannot go on now and will by itself: a provider is down, or a process has not read a new key yet. */
export class RotationWaits extends Error {
  override readonly name = 'RotationWaits'
  readonly code: string

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

/** Keys or rows that were left as they were, because they do not open. */
export class RotationIncomplete extends Error {
  override readonly name = 'RotationIncomplete'
  readonly code: string

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

/** The process is being stopped; another one, or the next start, takes the work up. */
export class RotationInterrupted extends Error {
  override readonly name = 'RotationInterrupted'
}

/** @throws RotationInterrupted when the work is to end */
export function assertGoesOn({ signal }: RotationContext): void {
  if (signal?.aborted) throw new RotationInterrupted('The rotation was interrupted and is taken up again.')
}

/** What a round over many rows has done. */
export interface RoundOutcome {
  changed: number
  /** Rows that were left as they were, and what was wrong with the first of them. */
  failed: number
  firstError: unknown
}

/** A round that has not begun. */
export function emptyRound(): RoundOutcome {
  return { changed: 0, failed: 0, firstError: undefined }
}

/** Adds what a part of a round has done. */
export function addToRound(round: RoundOutcome, part: RoundOutcome): void {
  round.changed += part.changed
  round.failed += part.failed
  round.firstError ??= part.firstError
}
