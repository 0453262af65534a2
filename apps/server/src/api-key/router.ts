import { router, stepUpProcedure, userProcedure } from '../trpc.ts'
import { addApiKey } from './add.ts'
import { checkApiKey } from './check.ts'
import { deleteApiKey } from './delete.ts'
import { listApiKeys } from './list.ts'
import { renameApiKey } from './rename.ts'
import { replaceApiKey } from './replace.ts'
import { AddApiKey, OneApiKey, RenameApiKey, ReplaceApiKey } from './schemas.ts'

const ONE_KEY = 'the key, as an element of `apiKeys.list`.'

export const apiKeyRouter = router({
  list: userProcedure
    .meta({
      summary: 'The person’s API keys, the oldest first. No procedure ever returns a secret.',
      returns:
        '`[{ apiKeyId, exchangeId, exchangeName, walletId, nickname, hint, purpose, permissions, isValid, checkedAt, nextCheckAt, checkError, refusedSince, expiresAt, accountMatch, createdAt, updatedAt }]`; `permissions` is `{ read, trade, withdraw, transfer, ipRestricted, expiresAt }`, each right "yes", "no" or "unverified"; `refusedSince` is when the exchange began to refuse the key, null if its last answer was good, and `isValid` turns false once the refusals have gone on for ten minutes; `accountMatch` says how it is known that the key sees the same account as the wallet’s other one: "identity", "balances", "unverified", "different", or null when there was none to compare with.',
    })
    .query(({ ctx }) => listApiKeys({ ctx })),
  add: stepUpProcedure
    .meta({
      summary:
        'Connects an exchange account: the key is checked there first, and one that is refused is not stored. Refusals: `KEY_REFUSED`, `WITHDRAWALS_ENABLED`, `DUPLICATE_KEY`, `NICKNAME_TAKEN`, `WALLET_HAS_KEY`, `OTHER_ACCOUNT`, `WALLET_CHANGED`, `CREDENTIALS_INVALID`, `EXCHANGE_INACTIVE`, `EXCHANGE_UNAVAILABLE`, `RATE_LIMITED`.',
      returns: '`{ apiKey, walletId }`.',
    })
    .input(AddApiKey)
    .mutation(({ ctx, input }) => addApiKey({ ctx, input })),
  check: userProcedure
    .meta({
      summary:
        'Asks the exchange about a key now. A refusal is an answer: the key with `refusedSince` and `checkError`, and with `isValid` false once the refusals have gone on for ten minutes. Any other fault is an error and changes nothing.',
      returns: ONE_KEY,
    })
    .input(OneApiKey)
    .mutation(({ ctx, input }) => checkApiKey({ ctx, input })),
  rename: userProcedure
    .meta({ summary: 'Gives a key another name, or with null none.', returns: ONE_KEY })
    .input(RenameApiKey)
    .mutation(({ ctx, input }) => renameApiKey({ ctx, input })),
  replace: stepUpProcedure
    .meta({
      summary:
        'Puts new credentials in the place of a key’s old ones, once the exchange has accepted them. Name, wallet and history stay, so they must see the same account: `OTHER_ACCOUNT` otherwise.',
      returns: ONE_KEY,
    })
    .input(ReplaceApiKey)
    .mutation(({ ctx, input }) => replaceApiKey({ ctx, input })),
  delete: stepUpProcedure
    .meta({
      summary: 'Forgets a key and destroys the data key that sealed it. Its wallet and history stay.',
      returns: '`{ ok: true }`.',
    })
    .input(OneApiKey)
    .mutation(({ ctx, input }) => deleteApiKey({ ctx, input })),
})
