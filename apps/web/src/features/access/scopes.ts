import type { ApiScope } from '../../lib/types.ts'

/** What each scope of a token lets a program do, in a person's words. */
export const SCOPES: readonly { value: ApiScope; label: string; text: string }[] = [
  { value: 'read', label: 'Read', text: 'balances, history and the log; start a sync' },
  { value: 'trade', label: 'Trade', text: 'orders and bots, with what your API keys allow' },
  { value: 'manage', label: 'Manage', text: 'add, replace and delete API keys and wallets' },
]
