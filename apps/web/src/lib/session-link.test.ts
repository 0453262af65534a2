import type { AppRouter } from '@opentrade/client'
import { createTRPCClient, TRPCClientError, type TRPCLink } from '@trpc/client'
import { observable } from '@trpc/server/observable'
import { describe, expect, it } from 'vitest'
import { sessionLink, singleFlight } from './session-link.ts'

/** Stands in for the network: refuses with 401 until `signedIn` says otherwise. */
function network(state: { signedIn: boolean; calls: number }): TRPCLink<AppRouter> {
  return () => () =>
    observable((observer) => {
      state.calls += 1
      if (state.signedIn) {
        observer.next({ result: { data: [] } })
        observer.complete()
        return
      }
      observer.error(
        TRPCClientError.from({
          error: { code: -32001, message: 'Sign in.', data: { httpStatus: 401, reason: 'SIGN_IN_REQUIRED' } },
        }),
      )
    })
}

function clientOf(state: { signedIn: boolean; calls: number }, refresh: () => Promise<boolean>) {
  return createTRPCClient<AppRouter>({ links: [sessionLink(refresh), network(state)] })
}

describe('a call answered with 401', () => {
  it('is repeated once the session is renewed', async () => {
    const state = { signedIn: false, calls: 0 }
    const client = clientOf(state, async () => {
      state.signedIn = true
      return true
    })
    await expect(client.wallets.list.query()).resolves.toEqual([])
    expect(state.calls).toBe(2)
  })

  it('fails as it did when there is no session to renew', async () => {
    const state = { signedIn: false, calls: 0 }
    const client = clientOf(state, async () => false)
    await expect(client.wallets.list.query()).rejects.toThrow('Sign in.')
    expect(state.calls).toBe(1)
  })

  it('is repeated no more than once', async () => {
    const state = { signedIn: false, calls: 0 }
    const client = clientOf(state, async () => true)
    await expect(client.wallets.list.query()).rejects.toThrow('Sign in.')
    expect(state.calls).toBe(2)
  })

  it('is the answer where someone signs in', async () => {
    const state = { signedIn: false, calls: 0 }
    let refreshed = false
    const client = clientOf(state, async () => {
      refreshed = true
      return true
    })
    await expect(client.auth.login.mutate({ email: 'a@b.example', password: 'wrong' })).rejects.toThrow()
    expect(refreshed).toBe(false)
  })
})

describe('a single flight', () => {
  it('is shared by all who ask while it is under way, and flown again after', async () => {
    let flights = 0
    const fly = singleFlight(async () => {
      flights += 1
      return flights
    })
    expect(await Promise.all([fly(), fly(), fly()])).toEqual([1, 1, 1])
    expect(await fly()).toBe(2)
  })
})
