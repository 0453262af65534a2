import type { AppEvent, Events } from '../events.ts'

interface Checked<Identity> {
  identity: Identity
  /** Milliseconds of the clock that the cache was made with. */
  expiresAt: number
}

/** Remembers which tokens this process has checked against the database. */
export interface IdentityCache<Identity> {
  /** What a token stood for when it was checked; null: ask the database. Costs a Map lookup. */
  peek: (token: string) => Identity | null
  /** Checks a token, and remembers the answer unless something was revoked meanwhile. */
  check: (token: string, read: () => Promise<Checked<Identity> | null>) => Promise<Identity | null>
  close: () => void
}

/** Tokens whose check is remembered at most. */
const MAX_REMEMBERED = 20_000

/**
 * Holds each check until it expires, `revokes` says that an event ends it, or the connection that would bring such
 * events cannot be trusted.
 */
export function createIdentityCache<Identity>(o: {
  events: Events
  now: () => Date
  /** Whether an event makes what is known of this identity stale. */
  revokes: (event: AppEvent, identity: Identity) => boolean
}): IdentityCache<Identity> {
  const remembered = new Map<string, Checked<Identity>>()
  // Counts what may have revoked a token, so that a check under way then is not remembered.
  let changes = 0

  function forget(event: AppEvent): void {
    if (event.type !== 'session-revoked' && event.type !== 'token-revoked') return
    changes += 1
    for (const [token, { identity }] of remembered) {
      if (o.revokes(event, identity)) remembered.delete(token)
    }
  }

  function forgetAll(): void {
    changes += 1
    remembered.clear()
  }

  function remember(token: string, entry: Checked<Identity>): void {
    remembered.set(token, entry)
    if (remembered.size <= MAX_REMEMBERED) return
    const [oldest] = remembered.keys()
    if (oldest !== undefined) remembered.delete(oldest)
  }

  return {
    peek(token) {
      const entry = remembered.get(token)
      if (!entry || !o.events.current()) return null
      return entry.expiresAt > o.now().getTime() ? entry.identity : null
    },
    async check(token, read) {
      const before = changes
      const checked = await read()
      if (checked && before === changes && o.events.current()) remember(token, checked)
      return checked?.identity ?? null
    },
    close: o.events.subscribe(forget, forgetAll),
  }
}
