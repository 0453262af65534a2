import {
  type CombinedRootKeys,
  combineRootKeys,
  type RootKeyProvider,
  vaultTransitRootKeys,
} from '@opentrade/crypto'
import { startVaultServer, type VaultServer } from '@opentrade/crypto/testing/vault-server'

/** The policy of docs/vault.md. */
const POLICY = {
  'transit/keys/opentrade': ['read'],
  'transit/encrypt/opentrade': ['update'],
  'transit/decrypt/opentrade': ['update'],
  'transit/rewrap/opentrade': ['update'],
  'transit/datakey/plaintext/opentrade': ['update'],
}

/** A Vault on loopback with a transit key, and a provider that uses it. */
export interface VaultRootKeys {
  server: VaultServer
  provider: RootKeyProvider
  /** The provider as the only one. */
  rootKeys: CombinedRootKeys
  /** The variables by which a process finds it. */
  variables: Record<string, string>
  close: () => Promise<void>
}

/** Starts a loopback Vault that speaks the documented interface. */
export async function startVaultRootKeys(): Promise<VaultRootKeys> {
  const server = await startVaultServer()
  const root = server.namespace('')
  root.putPolicy('opentrade', POLICY)
  root.createKey('opentrade')
  const token = root.createToken({ policies: ['opentrade'] })
  const auth = { method: 'token', token } as const
  const provider = vaultTransitRootKeys({ address: server.url, keyName: 'opentrade', auth })
  return {
    server,
    provider,
    rootKeys: combineRootKeys({ current: provider, others: [] }),
    variables: { VAULT_ADDR: server.url, VAULT_TRANSIT_KEY: 'opentrade', VAULT_TOKEN: token },
    async close() {
      provider.close?.()
      await server.close()
    },
  }
}
