/** A key in memory that can be let go of. */
export interface CachedKey {
  destroy: () => void
}

/** Keys that were unwrapped a short while ago. */
export interface KeyCache<Key extends CachedKey> {
  /**
   * Runs `run` with the key of that id, which `load` unwraps when it is not at hand. Callers at the same time share
   * one load. The key lives until `run` returns, even if its time is up meanwhile.
   * @throws what `load` throws; a failed load is not remembered
   */
  use: <Result>(id: string, o: { load: () => Promise<Key>; run: (key: Key) => Result }) => Promise<Result>
  /** Lets go of one key. */
  forget: (id: string) => void
  /** Lets go of every key. */
  clear: () => void
}

interface Entry<Key> {
  key: Promise<Key>
  expiresAt: number
  borrowers: number
  evicted: boolean
}

export interface KeyCacheOptions {
  /** Keys at most; the one used longest ago goes first. 1,000 by default. */
  maxKeys?: number
  /** How long a key is kept after it was unwrapped. 5 minutes by default. */
  ttlMs?: number
  /** Milliseconds on a clock that is never set back. */
  now?: () => number
}

/** Makes an empty cache. A timer, which keeps no process alive, drops what is past its time. */
export function createKeyCache<Key extends CachedKey>(options: KeyCacheOptions = {}): KeyCache<Key> {
  const { maxKeys = 1_000, ttlMs = 5 * 60_000, now = () => performance.now() } = options
  // In the order of their last use.
  const entries = new Map<string, Entry<Key>>()

  function evict(id: string, entry: Entry<Key>): void {
    if (entries.get(id) === entry) entries.delete(id)
    entry.evicted = true
    if (entry.borrowers === 0) destroyLater(entry)
  }

  function sweep(): void {
    const time = now()
    for (const [id, entry] of entries) if (entry.expiresAt <= time) evict(id, entry)
  }

  function find(id: string, load: () => Promise<Key>): Entry<Key> {
    const known = entries.get(id)
    if (known && known.expiresAt > now()) {
      entries.delete(id)
      entries.set(id, known)
      return known
    }
    if (known) evict(id, known)
    const entry = { key: load(), expiresAt: now() + ttlMs, borrowers: 0, evicted: false }
    entries.set(id, entry)
    const [oldest] = entries
    if (entries.size > maxKeys && oldest) evict(...oldest)
    return entry
  }

  const timer = setInterval(sweep, Math.max(1_000, ttlMs / 10))
  timer.unref()

  return {
    async use(id, { load, run }) {
      const entry = find(id, load)
      entry.borrowers += 1
      try {
        return run(await entry.key)
      } catch (error) {
        if (await isRejected(entry.key)) evict(id, entry)
        throw error
      } finally {
        entry.borrowers -= 1
        if (entry.evicted && entry.borrowers === 0) destroyLater(entry)
      }
    },
    forget(id) {
      const entry = entries.get(id)
      if (entry) evict(id, entry)
    },
    clear() {
      clearInterval(timer)
      for (const [id, entry] of entries) evict(id, entry)
    },
  }
}

function destroyLater(entry: Entry<CachedKey>): void {
  entry.key.then(
    (key) => key.destroy(),
    // It was never unwrapped: whoever asked for it has the error, and there is nothing to destroy.
    () => undefined,
  )
}

function isRejected(key: Promise<unknown>): Promise<boolean> {
  return key.then(
    () => false,
    () => true,
  )
}
