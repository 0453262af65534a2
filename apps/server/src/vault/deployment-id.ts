import type { Queryable } from '@opentrade/db'

/** The UUID that names this installation in everything that is sealed for it. It is made with the database. */
export async function readDeploymentId(q: Queryable): Promise<string> {
  const { rows } = await q.query<{ deploymentId: string }>(
    'SELECT deployment_id AS "deploymentId" FROM deployment',
  )
  const [row] = rows
  if (!row) throw new Error('The table deployment is empty: this database was not made by our migrations.')
  return row.deploymentId
}
