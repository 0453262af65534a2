import { describe, expect, it } from 'vitest'
import { type CachedKey, createKeyCache } from './key-cache.ts'

interface FakeKey extends CachedKey {
  id: string
  destroyed: boolean
}

function makeKey(id: string): FakeKey {
  const key = {
    id,
    destroyed: false,
    destroy() {
      key.destroyed = true
    },
  }
  return key
}

/** A cache on a clock of its own, and every key that it ever loaded. */
function openCache(o: { maxKeys?: number } = {}) {
  const clock = { now: 0 }
  const loaded: FakeKey[] = []
  const cache = createKeyCache<FakeKey>({ ...o, ttlMs: 1_000, now: () => clock.now })
  const load = async (id: string) => {
    const key = makeKey(id)
    loaded.push(key)
    return key
  }
  return {
    cache,
    clock,
    loaded,
    use: (id: string) => cache.use(id, { load: () => load(id), run: (key) => key }),
  }
}

describe('a cache of keys', () => {
  it('loads a key once for callers at the same time', async () => {
    const { use, loaded } = openCache()
    await Promise.all([use('a'), use('a'), use('a')])
    expect(loaded).toHaveLength(1)
  })

  it('destroys a key whose time is up and loads it anew', async () => {
    const { use, loaded, clock } = openCache()
    await use('a')
    clock.now = 999
    await use('a')
    expect(loaded).toHaveLength(1)
    clock.now = 1_000
    const key = await use('a')
    expect(loaded.map((each) => each.destroyed)).toEqual([true, false])
    expect(key).toBe(loaded[1])
  })

  it('keeps no more keys than it may and lets the one used longest ago go', async () => {
    const { use, loaded } = openCache({ maxKeys: 2 })
    await use('a')
    await use('b')
    await use('a')
    await use('c')
    expect(loaded.filter((key) => key.destroyed).map((key) => key.id)).toEqual(['b'])
  })

  it('never hands out a key that was destroyed, even when it is evicted while it loads', async () => {
    const { cache, use, loaded } = openCache({ maxKeys: 1 })
    const seen = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        cache.use(`key-${index}`, {
          load: async () => {
            const key = makeKey(`key-${index}`)
            loaded.push(key)
            return key
          },
          run: (key) => key.destroyed,
        }),
      ),
    )
    await use('last')
    expect(seen).toEqual(seen.map(() => false))
    expect(loaded.filter((key) => !key.destroyed).map((key) => key.id)).toEqual(['last'])
  })

  it('does not remember a load that failed', async () => {
    const { cache, use } = openCache()
    const failure = new Error('the provider is down')
    const failing = cache.use('a', { load: () => Promise.reject(failure), run: (key) => key })
    await expect(failing).rejects.toBe(failure)
    expect((await use('a')).id).toBe('a')
  })

  it('keeps a key when only its use failed', async () => {
    const { cache, use, loaded } = openCache()
    await use('a')
    const run = () => {
      throw new Error('no such field')
    }
    await expect(cache.use('a', { load: async () => makeKey('never'), run })).rejects.toThrow('no such field')
    await use('a')
    expect(loaded).toHaveLength(1)
  })

  it('lets go of everything when it is cleared', async () => {
    const { cache, use, loaded } = openCache()
    await Promise.all([use('a'), use('b')])
    cache.clear()
    await Promise.resolve()
    expect(loaded.map((key) => key.destroyed)).toEqual([true, true])
  })
})
