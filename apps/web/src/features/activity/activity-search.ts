import { z } from 'zod/mini'
import { ACCOUNT_ACTIONS, ADMIN_ACTIONS } from './account-acts.ts'

/** What of the log is shown. */
export const ACT_KINDS = [
  { value: 'all', label: 'Everything' },
  { value: 'acts', label: 'All but openings of keys' },
  { value: 'sign-in', label: 'Account and signing in' },
  { value: 'keys', label: 'API keys' },
  { value: 'openings', label: 'Openings of keys' },
  { value: 'installation', label: 'Administration' },
] as const

export type ActKind = (typeof ACT_KINDS)[number]['value']

/** How far back the log is shown. */
export const PERIODS = [
  { value: '24h', label: '24 hours', days: 1 },
  { value: '7d', label: '7 days', days: 7 },
  { value: '30d', label: '30 days', days: 30 },
  { value: 'all', label: 'All', days: null },
] as const

export type Period = (typeof PERIODS)[number]['value']

/** The part of the address that says what of the log is shown. */
export const activitySearch = z.object({
  kind: z.optional(
    z.catch(z.optional(z.enum(['all', 'acts', 'sign-in', 'keys', 'openings', 'installation'])), undefined),
  ),
  period: z.optional(z.catch(z.optional(z.enum(['24h', '7d', '30d', 'all'])), undefined)),
})

export type ActivitySearch = z.infer<typeof activitySearch>

export const DEFAULT_KIND: ActKind = 'acts'
export const DEFAULT_PERIOD: Period = 'all'

/** Every sync opens a key: left in, these would hide what people did. */
const OPENING = 'vault.opened'

const ACTIONS: Record<Exclude<ActKind, 'all' | 'acts'>, string[]> = {
  'sign-in': [
    'auth.signed-up',
    'auth.signed-in',
    'auth.sign-in-failed',
    'auth.signed-out',
    'auth.token-reused',
    'user.deletion-refused',
    ...ACCOUNT_ACTIONS,
  ],
  keys: [
    'api-key.added',
    'api-key.renamed',
    'api-key.replaced',
    'api-key.deleted',
    'api-key.found-invalid',
    'api-key.found-valid',
    'api-key.rights-changed',
  ],
  openings: [OPENING],
  installation: [
    'exchange.updated',
    'admin.root-key-rotation',
    'admin.data-key-rotation',
    'admin.rotation-abandoned',
    'admin.root-key-retirement',
    'admin.root-key-retired',
    'admin.vault-checked',
    ...ADMIN_ACTIONS,
  ],
}

interface AuditFilter {
  actions?: string[]
  except?: string[]
  from?: string
}

/** What to ask the server for. The time is cut to the hour, so that the same page asks the same question. */
export function filterOf(o: { kind: ActKind; period: Period; now: Date }): AuditFilter {
  const days = PERIODS.find((period) => period.value === o.period)?.days ?? null
  return { ...actionsOf(o.kind), ...(days !== null && { from: daysBefore(o.now, days) }) }
}

function actionsOf(kind: ActKind): AuditFilter {
  if (kind === 'all') return {}
  return kind === 'acts' ? { except: [OPENING] } : { actions: ACTIONS[kind] }
}

const HOUR_MS = 3_600_000

function daysBefore(now: Date, days: number): string {
  const hour = Math.floor(now.getTime() / HOUR_MS)
  return new Date((hour - days * 24) * HOUR_MS).toISOString()
}
