import { describe, expect, it } from 'vitest'
import { describeAct, describeActor } from './describe-act.ts'

const names = {
  key: (id: string) => (id === 'k1' ? 'Main' : null),
  exchange: (id: string) => (id === 'kraken' ? 'Kraken' : null),
}

function act(action: string, target: string | null = null, detail: Record<string, unknown> = {}) {
  return describeAct({ action, target, detail }, names)
}

describe('an act in words', () => {
  it('names the key', () => {
    expect(act('api-key.renamed', 'api-key:k1').title).toBe('Renamed the key Main')
    expect(act('vault.opened', 'user_api_keys:k1', { reason: 'sync of the wallet' }).title).toBe(
      'Opened the key Main to read balances',
    )
  })

  it('names the exchange of a key that is gone', () => {
    expect(act('api-key.deleted', 'api-key:k2', { exchangeId: 'kraken' }).title).toBe(
      'Deleted a key of Kraken',
    )
    expect(act('vault.opened', 'user_api_keys:k2', { reason: 'audit' }).title).toBe(
      'Opened a key that is gone (audit)',
    )
  })

  it('says that a withdrawal right was confirmed, and only then', () => {
    expect(act('api-key.added', 'api-key:k1', { withdraw: 'yes' }).more).toContain('you confirmed')
    expect(act('api-key.added', 'api-key:k1', { withdraw: 'no' }).more).toBe('')
  })

  it.each([
    [{ withdraw: { before: 'no', now: 'yes' } }, 'problem'],
    [{ withdraw: { before: 'yes', now: 'no' } }, 'good'],
    [{ withdraw: { before: 'no', now: 'unverified' } }, 'warning'],
    [{}, 'warning'],
  ])('weighs %j as %s', (detail, tone) => {
    expect(act('api-key.rights-changed', 'api-key:k1', detail).tone).toBe(tone)
  })

  it('says what changed of an exchange', () => {
    const words = act('exchange.updated', 'exchange:kraken', { apiBaseUrl: null, isActive: false })
    expect(words.title).toBe('Changed the exchange Kraken')
    expect(words.more).toBe('API address: the exchange’s own. Switched off.')
  })

  it.each(['new.kind', 'constructor', '__proto__', ''])(
    'names %j, which it does not know, as it is',
    (action) => {
      expect(act(action, 'thing:1')).toEqual({ title: action, more: 'thing:1', tone: 'plain' })
    },
  )

  it('says who acted', () => {
    expect(['session:1', 'job:wallet.sync', 'rotation:1', 'nobody', 'x'].map(describeActor)).toEqual([
      ...['you', 'the server', 'the server', 'somebody not signed in', 'x'],
    ])
  })
})
