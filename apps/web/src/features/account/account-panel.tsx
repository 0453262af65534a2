import { Button } from '../../components/ui/button.tsx'
import { Panel } from '../../components/ui/panel.tsx'
import { useFormats } from '../../lib/preferences.tsx'
import type { User } from '../../lib/types.ts'
import { useSignOut } from '../../lib/use-sign-out.ts'

/** What a person is here, and the way out of this browser. */
export function AccountPanel({ user }: { user: User }) {
  const formats = useFormats()
  const signOut = useSignOut()
  return (
    <Panel title="Account">
      <dl className="grid gap-x-8 gap-y-3 text-sm sm:grid-cols-2">
        <Line name="Role" value={user.role === 'admin' ? 'Administrator of this installation' : 'User'} />
        <Line name="Member since" value={formats.day(user.createdAt)} />
      </dl>
      <Button className="mt-5" busy={signOut.isPending} onClick={() => signOut.mutate()}>
        Sign out
      </Button>
    </Panel>
  )
}

function Line({ name, value }: { name: string; value: string }) {
  return (
    <div className="min-w-0">
      <dt className="eyebrow">{name}</dt>
      <dd className="break-words">{value}</dd>
    </div>
  )
}
