import { describe, expect, test } from 'vitest'
import { MIN_PASSWORD_PARAMS } from './password.ts'
import { createPasswordHasher } from './password-hasher.ts'

const params = MIN_PASSWORD_PARAMS

describe('createPasswordHasher', () => {
  test('hashes, verifies and judges hashes at its own cost', async () => {
    const hasher = createPasswordHasher({ params })
    const hash = await hasher.hash('violet canoe')
    expect(await hasher.verify(hash, 'violet canoe')).toBe(true)
    expect(await hasher.verify(hash, 'violet')).toBe(false)
    expect(await hasher.dummyVerify('violet canoe')).toBe(false)
    expect(hasher.needsRehash(hash)).toBe(false)
    expect(createPasswordHasher({}).needsRehash(hash)).toBe(true)
  })

  test('refuses at once what exceeds its places and its queue, and serves the rest', async () => {
    const hasher = createPasswordHasher({ params, concurrency: 2, maxQueue: 3 })
    const settled: string[] = []
    const attempts = Array.from({ length: 8 }, (_, index) =>
      hasher.dummyVerify('x').then(
        () => settled.push(`served ${index}`),
        (error: Error) => settled.push(`${error.name} ${index}`),
      ),
    )
    await Promise.all(attempts)
    expect(settled.slice(0, 3)).toEqual([5, 6, 7].map((index) => `PasswordQueueFullError ${index}`))
    expect(settled.slice(3).sort()).toEqual([0, 1, 2, 3, 4].map((index) => `served ${index}`))
  })

  test('counts a place as taken when it is handed to the next in line', async () => {
    const hasher = createPasswordHasher({ params, concurrency: 1, maxQueue: 1 })
    const [first, second] = [hasher.dummyVerify('x'), hasher.dummyVerify('x')]
    await first
    const third = hasher.dummyVerify('x')
    await expect(hasher.dummyVerify('x')).rejects.toMatchObject({ code: 'PASSWORD_QUEUE_FULL' })
    expect(await Promise.all([second, third])).toEqual([false, false])
  })

  test('gives its places back after errors, so that a full queue empties', async () => {
    const hasher = createPasswordHasher({ params, concurrency: 1, maxQueue: 1 })
    for (let round = 0; round < 5; round += 1) {
      const results = await Promise.allSettled([hasher.verify('damaged', 'x'), hasher.verify('damaged', 'x')])
      expect(results.map((result) => result.status === 'rejected' && result.reason.code)).toEqual([
        'PASSWORD_HASH_MALFORMED',
        'PASSWORD_HASH_MALFORMED',
      ])
    }
    expect(await hasher.dummyVerify('x')).toBe(false)
  })

  test('names the full queue by a code and a sentence', async () => {
    const hasher = createPasswordHasher({ params, concurrency: 1, maxQueue: 0 })
    const first = hasher.dummyVerify('x')
    await expect(hasher.dummyVerify('x')).rejects.toMatchObject({ code: 'PASSWORD_QUEUE_FULL' })
    expect(await first).toBe(false)
  })
})
