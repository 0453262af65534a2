import type { WrapContext } from '@opentrade/crypto'

/** A table of the installation with keys that a root key wraps. */
export interface WrappedTable {
  name: 'signing_keys' | 'deployment_secrets'
  /** The columns of a key's id and of its wrapped bytes. */
  id: string
  wrapped: string
  /** What the wrapped bytes are bound to. */
  context: (o: { deploymentId: string; id: string }) => WrapContext
}

/** Everything that a root key wraps but users' data keys: a rotation must know all of it. */
export const installationKeys: readonly WrappedTable[] = [
  { name: 'signing_keys', id: 'kid', wrapped: 'wrapped_seed', context: contextFor('signing-key') },
  {
    name: 'deployment_secrets',
    id: 'secret_name',
    wrapped: 'wrapped_secret',
    context: contextFor('blind-index'),
  },
]

function contextFor(purpose: WrapContext['purpose']): WrappedTable['context'] {
  return ({ deploymentId, id }) => ({ purpose, deploymentId, ownerId: deploymentId, keyId: id })
}
