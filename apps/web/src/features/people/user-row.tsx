import { Badge } from '../../components/ui/badge.tsx'
import { Button } from '../../components/ui/button.tsx'
import { When } from '../../components/when.tsx'
import type { ListedUser } from '../../lib/types.ts'
import type { UserAction, UserActionOpen } from './user-action-dialog.tsx'

const LABELS: Record<UserAction, string> = {
  activate: 'Activate',
  deactivate: 'Deactivate',
  'require-reset': 'Require new password',
  'make-admin': 'Make administrator',
  'make-user': 'Make plain user',
}

interface UserRowProps {
  user: ListedUser
  isMe: boolean
  onOpen: (open: UserActionOpen) => void
}

/** A person as an administrator sees them, with what can be done. */
export function UserRow({ user, isMe, onOpen }: UserRowProps) {
  const { email, displayName, createdAt, lastLoginAt } = user
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-2 px-4 py-3 text-sm sm:px-5">
      <div className="grid min-w-0 flex-1 basis-64 gap-0.5">
        <p className="flex flex-wrap items-center gap-2">
          <span className="break-all font-medium">{displayName || email}</span>
          <Marks user={user} isMe={isMe} />
        </p>
        {displayName && <p className="break-all text-ink-soft">{email}</p>}
        <p className="text-ink-faint">
          Joined <When at={createdAt} />
          {lastLoginAt && (
            <>
              , signed in <When at={lastLoginAt} />
            </>
          )}
        </p>
      </div>
      <div className="flex flex-wrap gap-2">
        {actionsOf(user, isMe).map((action) => (
          <Button
            key={action}
            size="small"
            aria-label={`${LABELS[action]}: ${email}`}
            onClick={() => onOpen({ action, user })}
          >
            {LABELS[action]}
          </Button>
        ))}
      </div>
    </li>
  )
}

function Marks({ user, isMe }: { user: ListedUser; isMe: boolean }) {
  return (
    <>
      {isMe && <Badge tone="neutral">you</Badge>}
      {user.role === 'admin' && <Badge tone="good">administrator</Badge>}
      {!user.isActive && (
        <Badge tone="problem">
          {user.deactivatedBy === 'self' ? 'deactivated by themselves' : 'deactivated'}
        </Badge>
      )}
      {!user.emailVerified && <Badge tone="warning">address not confirmed</Badge>}
      {!user.hasPassword && <Badge tone="neutral">no password</Badge>}
    </>
  )
}

/** One's own account is looked after in the settings. */
function actionsOf(user: ListedUser, isMe: boolean): UserAction[] {
  if (isMe) return []
  if (!user.isActive) return ['activate']
  return ['require-reset', user.role === 'admin' ? 'make-user' : 'make-admin', 'deactivate']
}
