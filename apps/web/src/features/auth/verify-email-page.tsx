import { useMutation, useQueryClient } from '@tanstack/react-query'
import { trpc } from '../../lib/trpc.ts'
import { MailLinkPage } from './mail-link-page.tsx'

/** Where the link of a mail leads that confirms an address, or finishes a sign-up. */
export function VerifyEmailPage() {
  const queryClient = useQueryClient()
  const verify = useMutation(
    trpc.auth.verifyEmail.mutationOptions({
      onSuccess: () => queryClient.invalidateQueries(trpc.auth.me.queryFilter()),
    }),
  )
  return (
    <MailLinkPage
      title="Confirm your e-mail address"
      lead="One press, and it is known that you read the mail of this address."
      action="Confirm my address"
      done={{
        title: 'Your address is confirmed',
        text: 'Mails about your account reach you from now on, and you can sign in.',
      }}
      otherwise="If you have confirmed your address already, just sign in. If not, sign up again, or have another link sent to you by your account settings."
      link={verify}
    />
  )
}
