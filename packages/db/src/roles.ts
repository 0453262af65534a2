import type pg from 'pg'

/** The roles of a database. A part of the product connects as one of them and can do no more than that role may. */
export const roles = {
  /** Owns every table and runs the migrations. */
  owner: 'opentrade_owner',
  /** The server: rows of the user whom it names, no definitions. */
  app: 'opentrade_app',
  /** Jobs that look across users: who is due, and no secret. */
  scheduler: 'opentrade_scheduler',
  /** The paper exchange: its own schema. */
  paper: 'opentrade_paper',
} as const

/** A part of the product by the role that it connects as. */
export type RoleName = keyof typeof roles

/** One connection string for each role. */
export type RoleUrls = Record<RoleName, string>

/**
 * Lets the owner see the rows of all users on this connection, which row-level security keeps from it otherwise. For
 * any other role it changes nothing. Said once connected: poolers such as pgbouncer refuse it as a startup parameter.
 */
export async function lookAcrossUsers(client: pg.ClientBase): Promise<void> {
  await client.query('SET app.across_users = on')
}
