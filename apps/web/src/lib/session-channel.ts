const CHANNEL = 'opentrade-session'

/** Tells the other pages of this installation in this browser who is signed in now; null: nobody. */
export function announceSession(userId: string | null): void {
  const channel = new BroadcastChannel(CHANNEL)
  channel.postMessage(userId)
  channel.close()
}

/** Hears of it. @returns ends it */
export function onSessionAnnounced(listener: (userId: string | null) => void): () => void {
  const channel = new BroadcastChannel(CHANNEL)
  channel.addEventListener('message', ({ data }: MessageEvent<unknown>) =>
    listener(typeof data === 'string' ? data : null),
  )
  return () => channel.close()
}
