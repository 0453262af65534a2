import { useSyncExternalStore } from 'react'

/** Where the focus was when the session ended under a page that is still open; null: none has ended so. */
let lost: { focused: Element | null } | null = null
const listeners = new Set<() => void>()

/** Notes that the session has ended while the person was at work. */
export function noteSessionLoss(): void {
  publish({ focused: document.activeElement })
}

/** Takes that back: somebody is signed in again, or has left. @returns what had the focus then */
export function forgetSessionLoss(): Element | null {
  const focused = lost?.focused ?? null
  publish(null)
  return focused
}

/** Whether the session has ended under the page that is open. */
export function useSessionLost(): boolean {
  return useSyncExternalStore(subscribe, () => lost !== null)
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

function publish(next: typeof lost): void {
  if (lost === null && next === null) return
  lost = next
  for (const listener of listeners) listener()
}
