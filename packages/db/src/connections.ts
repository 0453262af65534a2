import pg from 'pg'

/** A database that does not answer within this is down: whoever waits is told so. */
const CONNECT_WITHIN_MS = 10_000

/** Connections that stand still are asked for a sign of life, so that a lost one is noticed. */
const keepAlive = { keepAlive: true, keepAliveInitialDelayMillis: 10_000 }

/**
 * Opens a pool whose connections may break at any time without ending the process. `pg` reports a broken
 * connection to the query that runs on it and, apart from that, as an `error` event, which ends the process when
 * nobody listens; `pg-pool` listens only while a client is idle. So each client is listened to for its whole life.
 *
 * This function and `createClient` are the only places that make connections to PostgreSQL.
 * @param o.onConnectionError hears of each connection that broke; the pool replaces it
 */
export function openPool(o: pg.PoolConfig & { onConnectionError?: (error: Error) => void }): pg.Pool {
  const { onConnectionError, ...config } = o
  const pool = new pg.Pool({ connectionTimeoutMillis: CONNECT_WITHIN_MS, ...keepAlive, ...config })
  const told = new WeakSet<Error>()
  const tell = (error: Error) => {
    // An idle client reports the same error to its own listener and to the pool's.
    if (told.has(error)) return
    told.add(error)
    onConnectionError?.(error)
  }
  pool.on('error', tell)
  pool.on('connect', (client) => client.on('error', tell))
  return pool
}

/**
 * Makes a client for a connection outside any pool; `connect` has not been called. When its connection breaks, the
 * query under way and every later one fail, and the process goes on.
 */
export function createClient(config: pg.ClientConfig): pg.Client {
  const client = new pg.Client({ connectionTimeoutMillis: CONNECT_WITHIN_MS, ...keepAlive, ...config })
  client.on('error', () => undefined)
  return client
}
