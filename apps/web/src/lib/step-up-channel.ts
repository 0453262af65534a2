const CHANNEL = 'opentrade-step-up'

/** Tells the other pages of this installation in this browser that the person has shown who they are. */
export function announceStepUp(): void {
  const channel = new BroadcastChannel(CHANNEL)
  channel.postMessage('confirmed')
  channel.close()
}

/** Hears of it. It is a hint to try again: the server decides. @returns ends it */
export function onStepUpAnnounced(listener: () => void): () => void {
  const channel = new BroadcastChannel(CHANNEL)
  channel.addEventListener('message', listener)
  return () => channel.close()
}
