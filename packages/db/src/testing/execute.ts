import { createClient } from '../connections.ts'

/** Returns the same URL for another database of that server. */
export function withDatabase(url: string, database: string): string {
  const changed = new URL(url)
  changed.pathname = `/${database}`
  return changed.href
}

/** Runs statements, one after the other, on a connection of their own. */
export async function execute(url: string, ...statements: string[]): Promise<void> {
  const client = createClient({ connectionString: url })
  await client.connect()
  try {
    for (const statement of statements) await client.query(statement)
  } finally {
    await client.end()
  }
}
