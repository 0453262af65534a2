import { useMutation, useQueryClient } from '@tanstack/react-query'
import { trpc } from '../../lib/trpc.ts'
import { MailLinkPage } from './mail-link-page.tsx'

/** Where the link of a mail leads that moves an account to another address. */
export function ConfirmEmailChangePage() {
  const queryClient = useQueryClient()
  const confirm = useMutation(
    trpc.auth.confirmEmailChange.mutationOptions({
      onSuccess: () => queryClient.invalidateQueries(trpc.auth.me.queryFilter()),
    }),
  )
  return (
    <MailLinkPage
      title="Change your e-mail address"
      lead="From then on you sign in with the address that this mail came to."
      action="Use this address"
      done={{
        title: 'Your address is changed',
        text: 'Sign in with the new one from now on.',
      }}
      otherwise="If your new address signs you in, the change was made already. If not, sign in with the old one and ask for the change again in your account settings."
      link={confirm}
    />
  )
}
