import type pg from 'pg'

/**
 * Runs `run` in one transaction: committed when it returns, rolled back when it throws.
 * @param begin what begins it, in one round trip with whatever has to come first
 */
export async function inTransaction<T>(
  pool: pg.Pool,
  run: (client: pg.PoolClient) => Promise<T>,
  begin = 'BEGIN',
): Promise<T> {
  const client = await pool.connect()
  try {
    await client.query(begin)
    const result = await run(client)
    const { command } = await client.query('COMMIT')
    // PostgreSQL answers COMMIT with ROLLBACK when a statement had failed and its error was swallowed.
    if (command !== 'COMMIT')
      throw new Error('The transaction was rolled back: one of its statements failed.')
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
