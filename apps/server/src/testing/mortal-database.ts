import { type Database, inTransaction } from '@opentrade/db'
import type pg from 'pg'

/** What ends a process between two of its steps. */
export class Killed extends Error {
  override readonly name = 'Killed'
}

/** A process's way to the database, which can be cut before or after any statement. */
export interface MortalDatabase {
  db: Database
  /** Ends the process before the step of that number from now on: each statement has one before it and one after. */
  killAt: (step: number) => void
}

/**
 * A database whose user can be killed between any two statements: from then on nothing of it reaches PostgreSQL, and
 * what was not committed is rolled back, as when its sockets close. The connections below are shared.
 */
export function mortalDatabase(database: Database): MortalDatabase {
  const held = new Set<pg.PoolClient>()
  let left = Number.POSITIVE_INFINITY

  function step(): void {
    left -= 1
    if (left >= 0) return
    for (const client of held) client.release(true)
    held.clear()
    throw new Killed('The process was killed.')
  }

  async function counted<Result>(run: () => Promise<Result>): Promise<Result> {
    step()
    const result = await run()
    step()
    return result
  }

  function mortalClient(client: pg.PoolClient): pg.PoolClient {
    held.add(client)
    return new Proxy(client, {
      get(target, name) {
        if (name === 'query')
          return (...given: unknown[]) => counted(async () => Reflect.apply(target.query, target, given))
        if (name === 'release')
          return (error?: Error | boolean) => held.delete(client) && target.release(error)
        return Reflect.get(target, name)
      },
    })
  }

  function mortalPool(pool: pg.Pool): pg.Pool {
    return new Proxy(pool, {
      get(target, name) {
        if (name === 'query')
          return (...given: unknown[]) => counted(async () => Reflect.apply(target.query, target, given))
        if (name === 'connect') return async () => mortalClient(await target.connect())
        return Reflect.get(target, name)
      },
    })
  }

  const pool = mortalPool(database.pool)
  return {
    db: {
      ...database,
      pool,
      scheduler: mortalPool(database.scheduler),
      withUserSql: (userId, run) =>
        inTransaction(pool, run, `BEGIN; SELECT set_config('app.user_id', '${userId}', true)`),
    },
    killAt(at) {
      left = at
    },
  }
}
