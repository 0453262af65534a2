import { useMutation, useQueryClient } from '@tanstack/react-query'
import { ConfirmDialog } from '../../components/confirm-dialog.tsx'
import { toastSuccess } from '../../lib/toasts.ts'
import { trpc, trpcClient } from '../../lib/trpc.ts'
import type { ListedUser } from '../../lib/types.ts'

/** What an administrator does to an account. */
export type UserAction = 'activate' | 'deactivate' | 'require-reset' | 'make-admin' | 'make-user'

/** The dialog that stands open. */
export interface UserActionOpen {
  action: UserAction
  user: ListedUser
}

interface Words {
  title: (who: string) => string
  text: string
  action: string
  isDangerous: boolean
  done: string
  run: (userId: string) => Promise<unknown>
}

const { users } = trpcClient.admin

const WORDS: Record<UserAction, Words> = {
  activate: {
    title: (who) => `Activate ${who}?`,
    text: 'They can sign in again, and their wallets are synced again.',
    action: 'Activate',
    isDangerous: false,
    done: 'The account is active again.',
    run: (userId) => users.setActive.mutate({ userId, isActive: true }),
  },
  deactivate: {
    title: (who) => `Deactivate ${who}?`,
    text: 'They are signed out everywhere at once and cannot sign in. What they have stays.',
    action: 'Deactivate',
    isDangerous: true,
    done: 'The account is deactivated.',
    run: (userId) => users.setActive.mutate({ userId, isActive: false }),
  },
  'require-reset': {
    title: (who) => `Require a new password of ${who}?`,
    text: 'Their password is worth nothing from now on, their sessions end, and a link to choose another one goes to their address. Without a mail server it waits in the outbox for you to pass on.',
    action: 'Require new password',
    isDangerous: true,
    done: 'They have to choose a new password.',
    run: (userId) => users.requireReset.mutate({ userId }),
  },
  'make-admin': {
    title: (who) => `Make ${who} an administrator?`,
    text: 'They can do everything on these pages, to you, too. They see nobody’s balances or keys but their own. They are signed out, and are an administrator when they sign in again.',
    action: 'Make administrator',
    isDangerous: false,
    done: 'They are an administrator now.',
    run: (userId) => users.setRole.mutate({ userId, role: 'admin' }),
  },
  'make-user': {
    title: (who) => `Take the administration from ${who}?`,
    text: 'They keep their account and lose these pages. They are signed out and have to sign in again.',
    action: 'Make plain user',
    isDangerous: true,
    done: 'They are no administrator any more.',
    run: (userId) => users.setRole.mutate({ userId, role: 'user' }),
  },
}

/** Says what an act means for the person before it is done. */
export function UserActionDialog({ action, user, onClose }: UserActionOpen & { onClose: () => void }) {
  const words = WORDS[action]
  const queryClient = useQueryClient()
  const act = useMutation({
    mutationFn: () => words.run(user.userId),
    onSuccess: async () => {
      await queryClient.invalidateQueries(trpc.admin.users.pathFilter())
      toastSuccess(words.done)
      onClose()
    },
  })
  return (
    <ConfirmDialog
      title={words.title(user.displayName || user.email)}
      action={words.action}
      isDangerous={words.isDangerous}
      error={act.error}
      busy={act.isPending}
      onConfirm={() => act.mutate()}
      onClose={onClose}
    >
      <p>{words.text}</p>
    </ConfirmDialog>
  )
}
