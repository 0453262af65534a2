import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { queryClient, renewSession, trpc } from './trpc.ts'

const USER = { userId: 'u1' } as never

let asked: string[]

beforeEach(() => {
  asked = []
  vi.stubGlobal('fetch', async (url: string) => {
    asked.push(new URL(url, 'http://localhost').pathname)
    return Response.json([{ result: { data: { user: USER } } }])
  })
})

afterEach(() => {
  vi.unstubAllGlobals()
  queryClient.clear()
})

describe('a new session', () => {
  it('is asked for where it is not known yet who is signed in', async () => {
    expect(await renewSession()).toBe(true)
    expect(asked).toEqual(['/trpc/auth.refresh'])
  })

  it('is asked for where somebody is signed in', async () => {
    queryClient.setQueryData(trpc.auth.me.queryKey(), { user: USER })
    expect(await renewSession()).toBe(true)
    expect(asked).toEqual(['/trpc/auth.refresh'])
  })

  it('is not asked for where nobody is', async () => {
    queryClient.setQueryData(trpc.auth.me.queryKey(), { user: null })
    expect(await renewSession()).toBe(false)
    expect(asked).toEqual([])
  })

  it('is not asked for while somebody signs out', async () => {
    queryClient.setQueryData(trpc.auth.me.queryKey(), { user: USER })
    let answer = () => {}
    const signOut = queryClient.getMutationCache().build(queryClient, {
      mutationKey: trpc.auth.logout.mutationKey(),
      mutationFn: () => new Promise<void>((resolve) => (answer = resolve)),
    })
    const signedOut = signOut.execute(undefined)
    await vi.waitFor(() => expect(signOut.state.status).toBe('pending'))
    expect(await renewSession()).toBe(false)
    expect(asked).toEqual([])
    answer()
    await signedOut
    expect(await renewSession()).toBe(true)
  })
})
