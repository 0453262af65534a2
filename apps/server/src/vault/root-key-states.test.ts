import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createTestDatabase, type TestDatabase } from '@opentrade/db/testing'
import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import {
  ACTS,
  type Act,
  createRootKeyWorld,
  type Happening,
  type RootKeyWorld,
} from '../testing/root-key-world.ts'
import { startTestServer } from '../testing/start-test-server.ts'

/** More than any act takes. */
const MAX_STEPS = 90

let home: string
let db: TestDatabase
let world: RootKeyWorld

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'opentrade-states-'))
  db = await createTestDatabase()
  const server = await startTestServer({ db })
  // It would report as one more process; what it has opened the database for is enough.
  await server.close()
  const { services } = server
  world = createRootKeyWorld({ services, superuser: db.superuser, path: join(home, 'root-key.json') })
})
beforeEach(() => world.reset())
afterAll(async () => {
  await db.drop()
  rmSync(home, { recursive: true })
})

async function live(happenings: readonly Happening[]): Promise<void> {
  for (const happening of happenings) {
    await world.happen(happening)
    expect(await world.faults()).toEqual([])
  }
  expect(await world.faultsOfTheEnd()).toEqual([])
}

function unharmed(...acts: Act[]): Happening[] {
  return acts.map((act) => ({ act, killAt: null }))
}

describe('whatever happens to root keys, something can be sealed and all opens', { timeout: 240_000 }, () => {
  it.each<{ name: string; acts: Act[] }>([
    {
      name: 'the key that a rotation has named is to be retired',
      acts: ['rotate', 'work', 'retire the target'],
    },
    {
      name: 'the key that waits to be read everywhere is to be retired',
      acts: ['meet a process that cannot read new keys', 'rotate', 'work', 'retire the newest', 'work'],
    },
    {
      name: 'an abandoned key is retired and the file with it put back',
      acts: [
        ...(['meet a process that cannot read new keys', 'rotate', 'work', 'abandon'] as const),
        ...(['retire the newest', 'put an older file back', 'rotate', 'work'] as const),
      ],
    },
    {
      name: 'a file whose current key was retired since is put back',
      acts: ['rotate', 'work', 'retire the oldest', 'put an older file back', 'put an older file back'],
    },
  ])('$name', ({ acts }) => live(unharmed(...acts)))

  // `bench/root-key-states.ts` does so at each step.
  it.each<{ before: Act[]; act: Act; every: number }>([
    { before: [], act: 'rotate', every: 3 },
    { before: ['rotate'], act: 'work', every: 7 },
    { before: ['rotate', 'work'], act: 'retire the oldest', every: 3 },
    { before: ['meet a process that cannot read new keys', 'rotate', 'work'], act: 'abandon', every: 3 },
  ])('though a process is killed at step after step of: $act', async ({ before, act, every }) => {
    // Each time ends well, so that the next begins there.
    for (let killAt = 0, killed = true; killed; killAt += every) {
      for (const earlier of unharmed(...before)) await world.happen(earlier)
      killed = await world.happen({ act, killAt })
      expect(await world.faults()).toEqual([])
      expect(await world.faultsOfTheEnd()).toEqual([])
    }
  })

  it('in any order, with kills', async () => {
    const happening = fc.record({
      act: fc.constantFrom(...ACTS),
      killAt: fc.option(fc.nat({ max: MAX_STEPS }), { freq: 2 }),
    })
    const lives = fc.asyncProperty(fc.array(happening, { minLength: 3, maxLength: 8 }), live)
    await fc.assert(
      lives.beforeEach(() => world.reset()),
      { numRuns: 12 },
    )
  })
})
