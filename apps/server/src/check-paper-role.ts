import { createClient } from '@opentrade/db'
import { StartError } from './start-error.ts'

/**
 * Sees that the paper exchange will find its tables open, before it is started again and again without them.
 * @throws StartError that says what to set
 */
export async function checkPaperRole(url: string): Promise<void> {
  const client = createClient({ connectionString: url, application_name: 'opentrade start' })
  await client.connect()
  try {
    const { rows } = await client.query<{ may: boolean }>(
      `SELECT has_schema_privilege('paper', 'USAGE') AS may`,
    )
    if (rows[0]?.may) return
  } finally {
    await client.end()
  }
  throw new StartError(
    'The role in DATABASE_URL may not use the tables of the paper exchange. Name the role opentrade_paper in DATABASE_PAPER_URL, or set PAPER_URL=off.',
  )
}
