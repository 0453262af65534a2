import { addApiKey } from '../api-key/add.ts'
import { listApiKeys } from '../api-key/list.ts'
import { replaceApiKey } from '../api-key/replace.ts'
import type { AddedApiKey, ApiKey } from '../api-key/schemas.ts'
import type { UserContext } from '../context.ts'
import { ServiceError } from '../errors.ts'
import { createPaperAccount } from './create-account.ts'

const EXCHANGE_ID = 'paper'

/**
 * Opens an account at the paper exchange and connects it like any other exchange's. A person has one:
 * when it is connected already, this answers with it, so that a second click makes no second wallet.
 * @throws ServiceError PAPER_OFF, PAPER_UNAVAILABLE, and what connecting an exchange may throw
 */
export async function openPaper({ ctx }: { ctx: UserContext }): Promise<AddedApiKey> {
  const connected = await findConnected({ ctx })
  if (connected && connected.isValid !== false) return added(connected)
  const credentials = await createPaperAccount({ ctx })
  // The same account, since its reference is the same: the wallet and its history go on.
  if (connected) {
    return added(await replaceApiKey({ ctx, input: { apiKeyId: connected.apiKeyId, credentials } }))
  }
  try {
    return await addApiKey({ ctx, input: { exchangeId: EXCHANGE_ID, credentials, purpose: 'read' } })
  } catch (error) {
    // Two clicks at once: the other one was first, and this key stays unused at the paper exchange.
    if (!(error instanceof ServiceError) || error.kind !== 'conflict') throw error
    const other = await findConnected({ ctx })
    if (!other) throw error
    return added(other)
  }
}

async function findConnected({ ctx }: { ctx: UserContext }): Promise<ApiKey | undefined> {
  const keys = await listApiKeys({ ctx })
  return keys.find((key) => key.exchangeId === EXCHANGE_ID)
}

function added(apiKey: ApiKey): AddedApiKey {
  return { apiKey, walletId: apiKey.walletId }
}
