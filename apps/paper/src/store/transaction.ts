import type pg from 'pg'

/** What a query runs on: the pool, or a client inside a transaction. */
export type Queryable = pg.Pool | pg.PoolClient

/** Runs `run` in one transaction: committed when it returns, rolled back when it throws. */
export async function inTransaction<T>(
  pool: pg.Pool,
  run: (client: pg.PoolClient) => Promise<T>,
): Promise<T> {
  const client = await pool.connect()
  try {
    await client.query('BEGIN')
    const result = await run(client)
    await client.query('COMMIT')
    client.release()
    return result
  } catch (error) {
    await client.query('ROLLBACK').then(
      () => client.release(),
      // A connection that cannot roll back is of no further use.
      (rollbackError: Error) => client.release(rollbackError),
    )
    throw error
  }
}
