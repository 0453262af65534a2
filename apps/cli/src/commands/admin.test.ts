import { expect, test } from 'vitest'
import { exitCodeOfChecks } from './admin.ts'

function failed(detail: string) {
  const steps = [
    { step: 'current key' as const, outcome: 'failed' as const, milliseconds: 1, detail },
    {
      step: 'wrap' as const,
      outcome: 'not tried' as const,
      milliseconds: 0,
      detail: 'A step before it failed.',
    },
  ]
  return { provider: 'vault', ok: false, rootKeyId: null, steps }
}

test('a check ends with 5 while a provider is away, and with 4 when it does not do what it should', () => {
  const sealed = failed('PROVIDER_SEALED: Vault is sealed.')
  const denied = failed('PROVIDER_DENIED: Vault denied transit/keys/opentrade.')
  expect([[sealed], [denied], [sealed, denied]].map(exitCodeOfChecks)).toEqual([5, 4, 4])
})
