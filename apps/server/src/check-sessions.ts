import { keepsSessions, type RoleUrls } from '@opentrade/db'
import type { Env } from './env.ts'
import { StartError } from './start-error.ts'

/** The variable that names each address first: the others fall back on DATABASE_URL. */
const VARIABLES = {
  app: 'DATABASE_URL',
  owner: 'DATABASE_OWNER_URL',
  scheduler: 'DATABASE_SCHEDULER_URL',
  paper: 'DATABASE_PAPER_URL',
} as const satisfies Record<keyof RoleUrls, string>

/**
 * Sees that the addresses of the database lead to sessions that last, before anything is done through them.
 * @throws StartError that names those which do not, and says what to do
 */
export async function checkSessions({ env, urls }: { env: Env; urls: RoleUrls }): Promise<void> {
  const byUrl = new Map<string, string>()
  for (const role of ['app', 'owner', 'scheduler', 'paper'] as const) {
    if (role === 'paper' && env.paper !== 'own') continue
    if (!byUrl.has(urls[role])) byUrl.set(urls[role], VARIABLES[role])
  }
  const kept = await Promise.all(
    [...byUrl].map(async ([url, variable]) => ({ variable, keeps: await keepsSessions(url) })),
  )
  const lost = kept.filter(({ keeps }) => !keeps).map(({ variable }) => variable)
  if (lost.length === 0) return
  throw new StartError(
    `${lost.join(', ')} ${lost.length === 1 ? 'leads' : 'lead'} to the database through a pooler in transaction mode, such as pgbouncer's, which OpenTrade cannot work with. Set the direct address of PostgreSQL, or use the pooler in session mode.`,
  )
}
