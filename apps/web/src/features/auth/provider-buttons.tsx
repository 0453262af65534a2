import { Link } from '@tanstack/react-router'
import { LogIn } from 'lucide-react'
import { Button } from '../../components/ui/button.tsx'
import { Notice } from '../../components/ui/notice.tsx'
import { trpcClient } from '../../lib/trpc.ts'
import type { IdentityProvider, StartIdentity } from '../../lib/types.ts'
import { useProvider } from '../../lib/use-provider.ts'

interface ProviderButtonsProps {
  providers: readonly IdentityProvider[]
  action: 'Sign in' | 'Sign up'
  next: string | undefined
  keepSignedIn?: boolean
  invitation?: string
  setupCode?: string
}

/** A button for each place where people may have accounts: most lead there, some to a page that asks for a token. */
export function ProviderButtons({ providers, action, next, ...rest }: ProviderButtonsProps) {
  const { keepSignedIn, invitation, setupCode } = rest
  const { leave, busy, problem, input } = useSignIn()
  return (
    <>
      {problem && (
        <Notice tone="problem" live>
          {problem.message}
        </Notice>
      )}
      {providers.map(({ id, name, canOpen }) =>
        canOpen ? (
          <Button
            key={id}
            busy={busy && input?.providerId === id}
            onClick={() =>
              !busy &&
              leave({
                ...{ providerId: id, next, keepSignedIn },
                invitation: invitation || undefined,
                setupCode: setupCode || undefined,
              })
            }
          >
            <LogIn aria-hidden className="size-4" />
            {action} with {name}
          </Button>
        ) : (
          <Button key={id} asChild>
            <Link
              to="/sign-in-with/$providerId"
              params={{ providerId: id }}
              search={{ next }}
              {...(invitation && { hash: `invitation=${encodeURIComponent(invitation)}` })}
            >
              <LogIn aria-hidden className="size-4" />
              {action} with {name}
            </Link>
          </Button>
        ),
      )}
    </>
  )
}

/** Begins a sign-in at a provider. */
export function useSignIn() {
  return useProvider((input: StartIdentity) => trpcClient.auth.startIdentity.mutate(input))
}

/** A line with a word in it, between one way in and the others. */
export function OrElse() {
  return (
    <p className="flex items-center gap-3 text-ink-faint text-sm before:h-px before:flex-1 before:bg-line after:h-px after:flex-1 after:bg-line">
      or
    </p>
  )
}
