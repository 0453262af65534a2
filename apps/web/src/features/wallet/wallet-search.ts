import { z } from 'zod/mini'
import { rangeSearch } from '../../lib/search.ts'

/** How the balances are shown, as it stands in the address. What is absent is the usual way. */
export const walletSearch = z.extend(rangeSearch, {
  sort: z.optional(z.catch(z.optional(z.enum(['asset', 'total', 'price', 'value'])), undefined)),
  order: z.optional(z.catch(z.optional(z.enum(['asc', 'desc'])), undefined)),
  account: z.optional(z.catch(z.optional(z.string()), undefined)),
  q: z.optional(z.catch(z.optional(z.string()), undefined)),
  small: z.optional(z.catch(z.optional(z.enum(['show', 'hide'])), undefined)),
})

export type WalletSearch = z.infer<typeof walletSearch>
export type BalanceView = Omit<WalletSearch, 'range'>
export type BalanceSort = NonNullable<WalletSearch['sort']>
