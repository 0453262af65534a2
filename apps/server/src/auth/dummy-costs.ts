import { createHmac } from 'node:crypto'
import { type PasswordParams, parsePasswordCost } from '@opentrade/crypto'
import { type Database, readPasswordCosts } from '@opentrade/db'
import type { Logger } from 'pino'

/**
 * At what cost a password is checked for an address that has no account, so that it takes as long as for one that has.
 *
 * After the parameters were changed, accounts keep their older hashes until their owners sign in. An address without
 * an account then gets a cost that an account has: which, its HMAC decides, in the proportions of the accounts. So an
 * address costs the same each time, as an account does, and the costs of many addresses say nothing about any of them.
 */
export interface DummyCosts {
  costFor: (email: string) => Promise<PasswordParams>
  /** Counts anew: a hash was just replaced by one of another cost. */
  refresh: () => Promise<void>
}

interface Options {
  db: Database
  log: Logger
  /** Of new hashes: what is taken while there is no account. */
  params: PasswordParams
}

/** The accounts are counted again after this, or after a thousand times what it took. */
const COUNTED_FOR_MS = 10_000
const TIMES_THE_WORK = 1_000

interface Counted {
  params: PasswordParams
  accounts: number
}

/** Makes the costs that a sign-in without an account is given; `refresh` counts them anew. */
export function createDummyCosts(o: Options): DummyCosts {
  let key: Promise<Buffer> | null = null
  let counted: Promise<Counted[]> | null = null
  let countAgainAt = 0

  async function count(): Promise<Counted[]> {
    const startedAt = performance.now()
    countAgainAt = Number.POSITIVE_INFINITY
    // How long a count that failed took says nothing of the work.
    let tookMs = 0
    try {
      const counts = await readCounts(o.db)
      tookMs = performance.now() - startedAt
      return counts
    } finally {
      countAgainAt = performance.now() + Math.max(COUNTED_FOR_MS, TIMES_THE_WORK * tookMs)
    }
  }

  /** Nobody waits for it: the answer about an address must not take longer once in a while. */
  function countInBackground(): void {
    count()
      .then((counts) => {
        counted = Promise.resolve(counts)
      })
      .catch((error: unknown) => {
        o.log.warn({ err: error }, 'The costs of the stored password hashes could not be counted')
      })
  }

  return {
    async costFor(email) {
      counted ??= count().catch((error: unknown) => {
        counted = null
        throw error
      })
      if (performance.now() >= countAgainAt) countInBackground()
      key ??= readKey(o.db).catch((error: unknown) => {
        key = null
        throw error
      })
      return pick({ counts: await counted, at: fractionOf(await key, email) }) ?? o.params
    },
    async refresh() {
      // What was known stands until there is something newer, also when the database does not answer now.
      const counts = await count()
      counted = Promise.resolve(counts)
    },
  }
}

/** Lower costs first, so that an address changes its cost once while accounts move from one to another. */
async function readCounts(db: Database): Promise<Counted[]> {
  const counts = await readPasswordCosts(db.pool)
  return counts
    .map(({ cost, accounts }) => ({ params: cost === null ? null : parsePasswordCost(cost), accounts }))
    .filter((each): each is Counted => each.params !== null)
    .sort((a, b) => workOf(a.params) - workOf(b.params))
}

function workOf({ memoryKib, passes }: PasswordParams): number {
  return memoryKib * passes
}

function pick({ counts, at }: { counts: Counted[]; at: number }): PasswordParams | null {
  let left = at * counts.reduce((sum, { accounts }) => sum + accounts, 0)
  for (const { params, accounts } of counts) {
    if (left < accounts) return params
    left -= accounts
  }
  return counts.at(-1)?.params ?? null
}

/** From 0 up to 1, the same for the same address. */
function fractionOf(key: Buffer, email: string): number {
  return createHmac('sha256', key).update(email).digest().readUInt32BE(0) / 2 ** 32
}

async function readKey(db: Database): Promise<Buffer> {
  const { rows } = await db.pool.query<{ key: Buffer }>('SELECT sign_in_dummy_key AS key FROM deployment')
  const [row] = rows
  if (!row) throw new Error('The table deployment is empty: this database was not made by our migrations.')
  return row.key
}
