import { useMutation, useQuery } from '@tanstack/react-query'
import { Fingerprint } from 'lucide-react'
import { Button } from '../../components/ui/button.tsx'
import { Notice } from '../../components/ui/notice.tsx'
import { askPasskey, canUsePasskeys } from '../../lib/passkey.ts'
import { problemOf } from '../../lib/problem.ts'
import { trpc, trpcClient } from '../../lib/trpc.ts'
import type { User } from '../../lib/types.ts'
import { OrElse, ProviderButtons } from './provider-buttons.tsx'

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
      <OrElse />
      {hasPasskeys && <PasskeySignIn keepSignedIn={keepSignedIn} onUser={onUser} />}
      <ProviderButtons providers={providers} action="Sign in" next={next} keepSignedIn={keepSignedIn} />
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
