import { useMutation, useQueryClient, useSuspenseQuery } from '@tanstack/react-query'
import { Link2 } from 'lucide-react'
import { type FormEvent, useState } from 'react'
import { Button } from '../../components/ui/button.tsx'
import { Notice } from '../../components/ui/notice.tsx'
import { Panel } from '../../components/ui/panel.tsx'
import { SecretField } from '../../components/ui/secret-field.tsx'
import { When } from '../../components/when.tsx'
import { fieldProblem, formProblem, problemOf } from '../../lib/problem.ts'
import { toastProblem, toastSuccess } from '../../lib/toasts.ts'
import { trpc, trpcClient } from '../../lib/trpc.ts'
import type { Identity, IdentityProvider } from '../../lib/types.ts'
import { useFocusFault } from '../../lib/use-focus-fault.ts'
import { useProvider } from '../../lib/use-provider.ts'

/** Accounts elsewhere that sign in as the person; nothing where this installation knows none. */
export function IdentitiesPanel() {
  const { data: providers } = useSuspenseQuery(trpc.auth.identityProviders.queryOptions())
  const { data: identities } = useSuspenseQuery(trpc.users.identities.queryOptions())
  if (providers.length === 0 && identities.length === 0) return null
  const openable = providers.filter(({ canOpen }) => canOpen)
  const pasted = providers.filter(({ canOpen }) => !canOpen)
  return (
    <Panel title="Accounts elsewhere">
      <div className="grid gap-5">
        {identities.length > 0 && (
          <ul className="grid gap-3">
            {identities.map((identity) => (
              <Linked
                key={`${identity.issuer} ${identity.subject}`}
                identity={identity}
                name={providers.find(({ issuer }) => issuer === identity.issuer)?.name ?? identity.issuer}
              />
            ))}
          </ul>
        )}
        {openable.length > 0 && <LinkButtons providers={openable} />}
        {pasted.length > 0 && <LinkForm providers={pasted} />}
      </div>
    </Panel>
  )
}

function Linked({ identity, name }: { identity: Identity; name: string }) {
  const queryClient = useQueryClient()
  const unlink = useMutation(
    trpc.users.unlinkIdentity.mutationOptions({
      onSuccess: (left) => {
        queryClient.setQueryData(trpc.users.identities.queryKey(), left)
        toastSuccess(`${name} does not sign you in any more.`)
      },
      onError: (error) => toastProblem(problemOf(error).message),
    }),
  )
  const { issuer, subject, email, createdAt } = identity
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-2 text-sm">
      <div className="grid min-w-0 flex-1">
        <span className="font-medium">{name}</span>
        <span className="break-all text-ink-faint">
          {email ?? subject}, linked <When at={createdAt} />
        </span>
      </div>
      <Button
        size="small"
        aria-label={`Unlink ${name}`}
        busy={unlink.isPending}
        onClick={() => unlink.mutate({ issuer, subject })}
      >
        Unlink
      </Button>
    </li>
  )
}

function LinkButtons({ providers }: { providers: readonly IdentityProvider[] }) {
  const { leave, busy, problem, input } = useProvider((providerId: string) =>
    trpcClient.users.startIdentityLink.mutate({ providerId, next: '/settings/security' }),
  )
  return (
    <div className="grid gap-4">
      {problem && (
        <Notice tone="problem" live>
          {problem.message}
        </Notice>
      )}
      <p className="max-w-2xl text-ink-soft text-sm">
        An account that you link signs you in here, too. You choose it at its provider and come back.
      </p>
      <div className="flex flex-wrap gap-2">
        {providers.map(({ id, name }) => (
          <Button key={id} busy={busy && input === id} onClick={() => !busy && leave(id)}>
            <Link2 aria-hidden className="size-4" />
            Link an account of {name}
          </Button>
        ))}
      </div>
    </div>
  )
}

function LinkForm({ providers }: { providers: readonly IdentityProvider[] }) {
  const [token, setToken] = useState('')
  const queryClient = useQueryClient()
  const link = useMutation(
    trpc.users.linkIdentity.mutationOptions({
      gcTime: 0,
      onSuccess: (identities) => {
        queryClient.setQueryData(trpc.users.identities.queryKey(), identities)
        setToken('')
        toastSuccess('That account signs you in from now on.')
      },
    }),
  )
  const problem = link.error ? problemOf(link.error) : null
  const form = useFocusFault(problem)
  const names = providers.map(({ name }) => name).join(', ')

  function submit(event: FormEvent) {
    event.preventDefault()
    if (!link.isPending) link.mutate({ token: token.trim() })
  }

  return (
    <form ref={form} onSubmit={submit} noValidate className="grid gap-4">
      {problem && (
        <Notice tone="problem" live>
          {formProblem(problem, ['token'])}
        </Notice>
      )}
      <SecretField
        label={`Token from ${names}`}
        name="token"
        autoComplete="off"
        multiline
        hint="The session or ID token of the account that shall sign you in here, too."
        value={token}
        onValue={setToken}
        problem={fieldProblem(problem, 'token')}
      />
      <Button type="submit" className="justify-self-start" busy={link.isPending} disabled={!token.trim()}>
        Link that account
      </Button>
    </form>
  )
}
