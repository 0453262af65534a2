import type { Queryable } from '../database.ts'

/** How many accounts have a password hash of this cost. */
export interface PasswordCostCount {
  /** As a PHC string writes it, such as `m=65536,t=3,p=1`; null for a hash that is no PHC string. */
  cost: string | null
  accounts: number
}

/** Returns the costs of all stored password hashes. It reads every account: not to be called for each request. */
export async function readPasswordCosts(q: Queryable): Promise<PasswordCostCount[]> {
  const { rows } = await q.query<PasswordCostCount>({
    name: 'password_costs',
    text: 'SELECT cost, accounts::float8 AS accounts FROM password_costs()',
  })
  return rows
}
