import { useQueryClient } from '@tanstack/react-query'
import { useRouter } from '@tanstack/react-router'
import { beginSession } from '../../lib/session.ts'
import type { User } from '../../lib/types.ts'

/** Lets a person in who has just proved who they are, and leads them where they wanted to go. */
export function useEnter(next?: string): (user: User, to?: string) => Promise<void> {
  const queryClient = useQueryClient()
  const router = useRouter()
  return async (user, to = next) => {
    beginSession(queryClient, user)
    await router.navigate({ href: to ?? '/', replace: true })
  }
}
