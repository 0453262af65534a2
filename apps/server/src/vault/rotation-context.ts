import { type CombinedRootKeys, CryptoError } from '@opentrade/crypto'
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
  /** How long to wait for processes that cannot read a new root key yet; 10 seconds when left out. */
  readersWithinMs?: number
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

/** The end of a rotation whose last round left something as it was: how many, and the first of them by its ids. */
export function incomplete(what: 'key' | 'row', { failed, firstFailure }: RoundOutcome): RotationIncomplete {
  const { of = 'unknown', error } = firstFailure ?? {}
  const { code, message } =
    error instanceof CryptoError ? error : { code: 'UNKNOWN', message: 'The reason is in the log.' }
  const left = failed === 1 ? `${what} was` : `${what}s were`
  return new RotationIncomplete(
    code,
    `${failed} ${left} left as before, the first (${of}) because: ${message}`,
    {
      cause: error,
    },
  )
}

/** The process is being stopped; another one, or the next start, takes the work up. */
export class RotationInterrupted extends Error {
  override readonly name = 'RotationInterrupted'
}

/** The rotation was ended meanwhile: abandoned by somebody, or brought to its end by another process. */
export class RotationEnded extends Error {
  override readonly name = 'RotationEnded'

  constructor() {
    super('The rotation has ended.')
  }
}

/** @throws RotationInterrupted when the work is to end */
export function assertGoesOn({ signal }: RotationContext): void {
  if (signal?.aborted) throw new RotationInterrupted('The rotation was interrupted and is taken up again.')
}

/** A key or row that was left as it was, and why. */
export interface RoundFailure {
  /** Which, in words, by its ids. */
  of: string
  error: unknown
}

/** What a round over many keys or rows has done. */
export interface RoundOutcome {
  changed: number
  /** Those that were left as they were, and the first of them. */
  failed: number
  firstFailure: RoundFailure | null
}

/** A round that has not begun. */
export function emptyRound(): RoundOutcome {
  return { changed: 0, failed: 0, firstFailure: null }
}

/** Adds what a part of a round has done. */
export function addToRound(round: RoundOutcome, part: RoundOutcome): void {
  round.changed += part.changed
  round.failed += part.failed
  round.firstFailure ??= part.firstFailure
}
