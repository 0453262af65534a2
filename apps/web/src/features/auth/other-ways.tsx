import { useMutation, useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { Fingerprint, LogIn } from 'lucide-react'
import { Button } from '../../components/ui/button.tsx'
import { Notice } from '../../components/ui/notice.tsx'
import { askPasskey, canUsePasskeys } from '../../lib/passkey.ts'
import { problemOf } from '../../lib/problem.ts'
import { trpc, trpcClient } from '../../lib/trpc.ts'
import type { User } from '../../lib/types.ts'

interface OtherWaysProps {
  keepSignedIn: boolean
  next: string | undefined
  onUser: (user: User) => Promise<void>
}

/** The ways to sign in without a password of this installation. */
export function OtherWays({ keepSignedIn, next, onUser }: OtherWaysProps) {
  const { data: providers = [] } = useQuery(trpc.auth.identityProviders.queryOptions())
  const hasPasskeys = canUsePasskeys()
  if (!hasPasskeys && providers.length === 0) return null
  return (
    <div className="grid gap-3">
      <p className="flex items-center gap-3 text-ink-faint text-sm before:h-px before:flex-1 before:bg-line after:h-px after:flex-1 after:bg-line">
        or
      </p>
      {hasPasskeys && <PasskeySignIn keepSignedIn={keepSignedIn} onUser={onUser} />}
      {providers.map(({ id, name }) => (
        <Button key={id} asChild>
          <Link to="/sign-in-with/$providerId" params={{ providerId: id }} search={{ next }}>
            <LogIn aria-hidden className="size-4" />
            Sign in with {name}
          </Link>
        </Button>
      ))}
    </div>
  )
}

function PasskeySignIn({ keepSignedIn, onUser }: Pick<OtherWaysProps, 'keepSignedIn' | 'onUser'>) {
  const signIn = useMutation({
    mutationFn: async () => {
      const { challengeToken, options } = await trpcClient.auth.passkeyOptions.mutate()
      const response = await askPasskey(options)
      return trpcClient.auth.loginPasskey.mutate({ challengeToken, response, keepSignedIn })
    },
    onSuccess: ({ user }) => onUser(user),
  })
  return (
    <>
      {signIn.error && (
        <Notice tone="problem" live>
          {problemOf(signIn.error).message}
        </Notice>
      )}
      <Button busy={signIn.isPending} onClick={() => signIn.mutate()}>
        <Fingerprint aria-hidden className="size-4" />
        Sign in with a passkey
      </Button>
    </>
  )
}
