import pg from 'pg'

/** A statement with a name of its own, under which each connection prepares it once. */
export interface NamedStatement {
  name: string
  text: string
  values: (string | null)[]
}

/** What a single named statement runs on: `asUser`, a pool, or a client inside a transaction. */
export interface Reader {
  query<Row extends pg.QueryResultRow>(statement: NamedStatement): Promise<pg.QueryResult<Row>>
}

const prepared = new WeakMap<pg.PoolClient, Set<string>>()

/**
 * Runs a prepared statement for a user in one round trip, where a transaction takes three: PostgreSQL runs
 * statements that are sent together as one transaction, for which `app.user_id` is set, and which is over
 * when they are.
 */
export async function queryAsUser<Row extends pg.QueryResultRow>(o: {
  pool: pg.Pool
  /** A UUID: it is written into the statement as it is. */
  userId: string
  statement: NamedStatement
}): Promise<pg.QueryResult<Row>> {
  const client = await o.pool.connect()
  try {
    const name = await prepare(client, o.statement)
    const values = o.statement.values.map(literal)
    const parameters = values.length === 0 ? '' : `(${values.join(',')})`
    // The types know of one result only; there is one for each of the two statements.
    const results = (await client.query(
      `SET LOCAL app.user_id = '${o.userId}'; EXECUTE ${name}${parameters}`,
    )) as unknown as pg.QueryResult<Row>[]
    const [, result] = results
    if (result === undefined) throw new Error('PostgreSQL gave no result.')
    return result
  } finally {
    // The pool keeps no client whose connection has broken.
    client.release()
  }
}

async function prepare(client: pg.PoolClient, { name, text }: NamedStatement): Promise<string> {
  const names = prepared.get(client) ?? new Set()
  prepared.set(client, names)
  const identifier = client.escapeIdentifier(`as_user_${name}`)
  if (!names.has(name)) {
    await client.query(`PREPARE ${identifier} AS ${text}`)
    names.add(name)
  }
  return identifier
}

function literal(value: string | null): string {
  return value === null ? 'NULL' : pg.escapeLiteral(value)
}
