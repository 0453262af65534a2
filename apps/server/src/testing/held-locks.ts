import type { Database } from '@opentrade/db'
import type pg from 'pg'

/** Transactions that stand still before they lock a person's row. */
export interface HeldLocks {
  /** Settles when as many stand still as were to be held. */
  reached: Promise<void>
  /** Lets all of them go on, and holds no more. */
  release: () => void
}

const LOCK = 'FOR NO KEY UPDATE'

/**
 * Holds the next `count` transactions where they would lock a person's row: after whatever they found out before it,
 * and before they look whether that still counts. Those that come later are not held.
 */
export function holdLocks(db: Database, count: number): HeldLocks {
  const { withUserSql } = db
  const open = createGate()
  const reached = createGate()
  let waiting = 0

  async function hold(): Promise<void> {
    waiting += 1
    if (waiting > count) return
    if (waiting === count) reached.open()
    await open.passed
  }

  db.withUserSql = (userId, run) => withUserSql(userId, (client) => run(holdingClient(client, hold)))
  return {
    reached: reached.passed,
    release() {
      db.withUserSql = withUserSql
      open.open()
    },
  }
}

function createGate(): { passed: Promise<void>; open: () => void } {
  let open = () => {}
  const passed = new Promise<void>((resolve) => {
    open = resolve
  })
  return { passed, open: () => open() }
}

function holdingClient(client: pg.PoolClient, hold: () => Promise<void>): pg.PoolClient {
  return new Proxy(client, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name)
      if (typeof value !== 'function') return value
      if (name !== 'query') return value.bind(target)
      return async (...query: unknown[]) => {
        if (typeof query[0] === 'string' && query[0].includes(LOCK)) await hold()
        return value.apply(target, query)
      }
    },
  })
}
