import type { Rotation } from '../../lib/types.ts'

const STEPS: Record<Rotation['step'], string> = {
  preparing: 'Preparing.',
  staged: 'Waiting until every process can read the new root key.',
  wrapping: 'Wrapping.',
  sealing: 'Sealing.',
  finished: '',
}

/** A rotation in words: what it changes, and what it is doing; nothing once it has ended. */
export function describeRotation(rotation: Rotation): { title: string; step: string } {
  const { kind, userId, rootKey, step } = rotation
  const words = isUnderWay(rotation) ? STEPS[step] : ''
  if (kind === 'data') {
    return { title: userId ? 'Data keys of one person' : 'Data keys of everybody', step: words }
  }
  const title = rootKey
    ? `Root key, to ${rootKey.rootKeyId} of ${rootKey.provider}`
    : 'Root key, to a new one'
  return { title, step: words }
}

/** Whether it continues automatically. */
export function isUnderWay({ status }: Pick<Rotation, 'status'>): boolean {
  return status === 'running' || status === 'waiting'
}

/** Whether it has not come to its end: a root key's rotation that has failed would be taken up again by the next. */
export function canBeAbandoned({ kind, status }: Pick<Rotation, 'kind' | 'status'>): boolean {
  return isUnderWay({ status }) || (kind === 'root' && status === 'failed')
}

/** How much of it is done, 0 to 100; nothing to do counts as all of it only once it has ended. */
export function percentOf({ done, total, status }: Pick<Rotation, 'done' | 'total' | 'status'>): number {
  if (status === 'done') return 100
  return total === 0 ? 0 : Math.floor((done / total) * 100)
}
