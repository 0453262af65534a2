import { type BackUpDatabaseOptions, type BackupReport, backUpDatabase } from './back-up-database.ts'
import { openHomeDatabase } from './home.ts'

/**
 * Backs up the embedded database of a home, whether or not OpenTrade is running on it.
 * @throws BackupError; EmbeddedPostgresError
 */
export async function backUpHome(
  o: Omit<BackUpDatabaseOptions, 'url'> & { home: string; durable?: boolean },
): Promise<BackupReport> {
  const database = await openHomeDatabase(o)
  try {
    return await backUpDatabase({ ...o, url: database.url })
  } finally {
    await database.close()
  }
}
