import { PasswordQueueFullError } from './errors.ts'
import {
  checkPasswordParams,
  DEFAULT_PASSWORD_PARAMS,
  dummyVerify,
  hashPassword,
  type PasswordParams,
  passwordNeedsRehash,
  verifyPassword,
} from './password.ts'

/** Hashes passwords, a bounded number at a time. */
export interface PasswordHasher {
  readonly params: PasswordParams
  /** See `hashPassword`. */
  hash(password: string): Promise<string>
  /** See `verifyPassword`. */
  verify(passwordHash: string, password: string): Promise<boolean>
  /** See `dummyVerify`: waits in the same queue as `verify`, at the cost of new hashes unless another is given. */
  dummyVerify(password: string, cost?: PasswordParams): Promise<false>
  /** See `passwordNeedsRehash`. */
  needsRehash(passwordHash: string): boolean
}

/**
 * A hasher that runs `concurrency` hashes at a time (each takes 64 MiB and a core) and lets `maxQueue` more wait.
 * Each of its asynchronous functions rejects with PasswordQueueFullError when the queue is full, at once.
 * @throws CryptoError `PASSWORD_PARAMS`.
 */
export function createPasswordHasher(o: {
  params?: PasswordParams
  concurrency?: number
  maxQueue?: number
}): PasswordHasher {
  const params = { ...(o.params ?? DEFAULT_PASSWORD_PARAMS) }
  checkPasswordParams(params)
  const enqueue = createQueue(o.concurrency ?? 2, o.maxQueue ?? 64)
  return {
    params,
    hash: (password) => enqueue(() => hashPassword(password, params)),
    verify: (passwordHash, password) => enqueue(() => verifyPassword(passwordHash, password)),
    dummyVerify: (password, cost = params) => enqueue(() => dummyVerify(password, cost)),
    needsRehash: (passwordHash) => passwordNeedsRehash(passwordHash, params),
  }
}

/** First come, first served. A place that gets free is handed to the next in line, so that nobody overtakes. */
function createQueue(concurrency: number, maxQueue: number) {
  const waiting: (() => void)[] = []
  let running = 0

  async function enter(): Promise<void> {
    if (running < concurrency) {
      running += 1
      return
    }
    if (waiting.length >= maxQueue) throw new PasswordQueueFullError()
    await new Promise<void>((resolve) => waiting.push(resolve))
  }

  function leave(): void {
    const next = waiting.shift()
    if (next) next()
    else running -= 1
  }

  return async function enqueue<Result>(work: () => Promise<Result>): Promise<Result> {
    await enter()
    try {
      return await work()
    } finally {
      leave()
    }
  }
}
