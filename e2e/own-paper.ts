import pg from 'pg'
import { descendantsOf } from './processes.ts'
import type { Product } from './product.ts'

/** A product's own paper exchange, stopped in its tracks: what is asked of it waits. */
export interface FrozenPaper {
  pids: number[]
  goOn: () => void
}

/** The processes of the paper exchange that the product has started. */
export function paperPids(product: Product): number[] {
  return descendantsOf(product.process.pid)
    .filter(({ command }) => /node .*dist\/main\.mjs/.test(command))
    .map(({ pid }) => pid)
}

/** Where the paper exchange that the product has started listens. */
export async function paperUrlOf(product: Product): Promise<string> {
  const sql = new pg.Client({ connectionString: product.databaseUrl() })
  await sql.connect()
  try {
    const { rows } = await sql.query<{ url: string }>(
      "SELECT api_base_url AS url FROM exchanges WHERE exchange_id = 'paper'",
    )
    if (!rows[0]) throw new Error('There is no paper exchange.')
    return rows[0].url
  } finally {
    await sql.end()
  }
}

/** Holds whatever the product asks of its own paper exchange until `goOn`. */
export function freezePaper(product: Product): FrozenPaper {
  const pids = paperPids(product)
  if (pids.length === 0) throw new Error('There is no paper exchange.')
  for (const pid of pids) process.kill(pid, 'SIGSTOP')
  return {
    pids,
    goOn() {
      const living = paperPids(product)
      for (const pid of pids) if (living.includes(pid)) process.kill(pid, 'SIGCONT')
    },
  }
}
