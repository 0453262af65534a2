import { expect, it } from 'vitest'
import type { Rotation } from '../../lib/types.ts'
import { canBeAbandoned, describeRotation, isUnderWay, percentOf } from './describe-rotation.ts'

const rotation: Rotation = {
  ...{ rotationId: 'r', kind: 'root', status: 'running', step: 'wrapping', userId: null, error: null },
  ...{ rootKey: null, done: 1, total: 3, startedAt: '2026-03-10T12:00:00Z', finishedAt: null },
}

it('says which root key everything is brought to, once that is known', () => {
  expect(describeRotation(rotation).title).toBe('Root key, to a new one')
  const rootKey = { provider: 'file', rootKeyId: 'k2' }
  expect(describeRotation({ ...rotation, rootKey }).title).toBe('Root key, to k2 of file')
})

it('says whose data keys are rotated', () => {
  expect(describeRotation({ ...rotation, kind: 'data' }).title).toBe('Data keys of everybody')
  expect(describeRotation({ ...rotation, kind: 'data', userId: 'u' }).title).toBe('Data keys of one person')
})

it('says what a rotation is doing as long as it does it', () => {
  const states = ['running', 'waiting', 'done', 'failed', 'abandoned'] as const
  const steps = states.map((status) => describeRotation({ ...rotation, status }).step)
  expect(steps).toEqual(['Wrapping.', 'Wrapping.', '', '', ''])
})

it.each([
  [{ done: 1, total: 3, status: 'running' as const }, 33],
  [{ done: 0, total: 0, status: 'running' as const }, 0],
  [{ done: 0, total: 0, status: 'done' as const }, 100],
  [{ done: 2999, total: 3000, status: 'waiting' as const }, 99],
])('%j is done to %i per cent', (state, percent) => {
  expect(percentOf(state)).toBe(percent)
})

it('goes on while it waits', () => {
  const states = ['running', 'waiting', 'done', 'failed', 'abandoned'] as const
  expect(states.filter((status) => isUnderWay({ status }))).toEqual(['running', 'waiting'])
})

it.each([
  ['root' as const, ['running', 'waiting', 'failed']],
  ['data' as const, ['running', 'waiting']],
])('can be abandoned until it has ended: %s', (kind, expected) => {
  const states = ['running', 'waiting', 'done', 'failed', 'abandoned'] as const
  expect(states.filter((status) => canBeAbandoned({ kind, status }))).toEqual(expected)
})
