import { expect, it } from 'vitest'
import { exchangeChanges } from './exchange-changes.ts'

const stored = { apiBaseUrl: 'https://a.example.org', wsBaseUrl: null, isActive: true }
const same = { apiBaseUrl: 'https://a.example.org', wsBaseUrl: '', isActive: true }

it.each([
  ['nothing', same, {}],
  ['an address with blanks around it', { ...same, apiBaseUrl: ' https://a.example.org ' }, {}],
  ['another address', { ...same, wsBaseUrl: 'wss://b.example.org' }, { wsBaseUrl: 'wss://b.example.org' }],
  ['an emptied address', { ...same, apiBaseUrl: ' ' }, { apiBaseUrl: null }],
  ['the switch', { ...same, isActive: false }, { isActive: false }],
])('sends of %s only what differs', (_what, draft, changes) => {
  expect(exchangeChanges(stored, draft)).toEqual(changes)
})
