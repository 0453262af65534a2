import { expect, it } from 'vitest'
import { readEnv } from '../env.ts'
import { relyingPartyOf, requireRelyingParty } from './passkey-relying-party.ts'

function partyOf(o: { publicUrl: string | null; origin: string }) {
  const env = { ...readEnv({}), publicUrl: o.publicUrl }
  return { services: { env }, request: { origin: o.origin } }
}

it('is the domain of PUBLIC_URL, whatever a request says', () => {
  const party = relyingPartyOf(
    partyOf({ publicUrl: 'https://trade.example.org:8443', origin: 'http://evil.example' }),
  )
  expect(party).toEqual({ id: 'trade.example.org', origin: 'https://trade.example.org:8443' })
})

it.each(['http://localhost:3000', 'http://opentrade.localhost:3000'])('is the page’s own at %s', (origin) => {
  expect(relyingPartyOf(partyOf({ publicUrl: null, origin }))).toEqual({
    id: new URL(origin).hostname,
    origin,
  })
})

it.each([
  [null, 'https://evil.example'],
  [null, 'http://localhost.evil.example'],
  [null, 'http://evillocalhost'],
  [null, 'http://127.0.0.1:3000'],
  [null, 'http://2130706433'],
  [null, 'http://[::1]:3000'],
  [null, 'http://'],
  ['http://192.0.2.7', 'http://localhost:3000'],
])('is nothing with PUBLIC_URL %s at %s, which is said with what to do', (publicUrl, origin) => {
  const place = partyOf({ publicUrl, origin })
  expect(relyingPartyOf(place)).toBeNull()
  expect(() => requireRelyingParty(place)).toThrow(/PUBLIC_URL/)
})
