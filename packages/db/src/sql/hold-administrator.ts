import type { Queryable } from '../database.ts'

/**
 * Returns whether this is the live session of an active administrator. Inside a transaction, their role cannot be
 * changed until it ends. It asks a function of the database, since the transaction acts on another person's rows.
 */
export async function holdAdministrator(
  q: Queryable,
  o: { userId: string; sessionId: string | null },
): Promise<boolean> {
  const { rows } = await q.query<{ isAdministrator: boolean }>({
    name: 'hold_administrator',
    text: 'SELECT hold_administrator($1, $2) AS "isAdministrator"',
    values: [o.userId, o.sessionId],
  })
  return rows[0]?.isAdministrator ?? false
}
