import { useQueryClient } from '@tanstack/react-query'
import { useEffect } from 'react'
import { endSession, resumeSession } from './session.ts'
import { onSessionAnnounced } from './session-channel.ts'
import { noteSessionLoss } from './session-loss.ts'
import type { User } from './types.ts'

/** Follows what other pages of this browser do about the session: it is one for all of them. */
export function useSessionNews(user: User): void {
  const queryClient = useQueryClient()
  useEffect(
    () =>
      onSessionAnnounced((userId) => {
        if (userId === user.userId) return resumeSession(queryClient, user)
        // Somebody else's: nothing of this page is theirs.
        if (userId !== null) return window.location.assign('/')
        endSession(queryClient)
        noteSessionLoss()
      }),
    [queryClient, user],
  )
}
