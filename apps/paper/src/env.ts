import { z } from 'zod'

const Env = z.object({
  DATABASE_URL: z.string().min(1, 'is missing: the paper exchange keeps its accounts in PostgreSQL'),
  PAPER_HOST: z.string().min(1).default('127.0.0.1'),
  PAPER_PORT: z.coerce.number().int().min(0).max(65_535).default(0),
  PAPER_ADMIN_TOKEN: z.string().min(16, 'is missing or shorter than 16 characters'),
  PAPER_SEED: z.string().min(1).max(200).default('opentrade'),
  PAPER_MARKET: z.string().min(1).default('seeded'),
  PAPER_REPLAY_START: z
    .union([z.literal('file'), z.iso.datetime({ offset: true }).transform((text) => Date.parse(text))])
    .optional(),
  PAPER_WEIGHT_LIMIT: z.coerce.number().int().min(1).max(1_000_000_000).default(6_000),
  PAPER_LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info'),
})

/** The settings of the process. */
export type PaperEnv = z.infer<typeof Env>

/**
 * Reads the environment. DATABASE_PAPER_URL, which names the database as the role of the paper exchange, comes
 * before the server's DATABASE_URL. @throws Error that names every variable that is missing or wrong, never its value.
 */
export function readEnv(env: Record<string, string | undefined> = process.env): PaperEnv {
  const result = Env.safeParse({ ...env, DATABASE_URL: env.DATABASE_PAPER_URL || env.DATABASE_URL })
  if (result.success) return result.data
  const lines = result.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`)
  throw new Error(`The paper exchange cannot start.\n${lines.join('\n')}`)
}
