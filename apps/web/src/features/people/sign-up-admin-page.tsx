import { useMutation, useQueryClient, useSuspenseQuery } from '@tanstack/react-query'
import { AdminTabs } from '../../components/admin-tabs.tsx'
import { PageHeader } from '../../components/page-header.tsx'
import { ChoiceGroup } from '../../components/ui/choice-group.tsx'
import { Panel } from '../../components/ui/panel.tsx'
import { problemOf } from '../../lib/problem.ts'
import { toastProblem } from '../../lib/toasts.ts'
import { trpc } from '../../lib/trpc.ts'
import type { SignUpMode } from '../../lib/types.ts'
import { InvitationsPanel } from './invitations-panel.tsx'

const MODES = [
  { value: 'open', label: 'Open' },
  { value: 'invitation', label: 'By invitation' },
  { value: 'closed', label: 'Closed' },
] as const

const MEANINGS: Record<SignUpMode, string> = {
  open: 'Whoever reaches this installation can make an account.',
  invitation: 'Only whoever has the link of an invitation can make an account.',
  closed: 'Nobody can make an account, with an invitation or without.',
}

/** Where an administrator decides who may sign up. */
export function SignUpAdminPage() {
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] gap-5">
      <PageHeader
        title="Administration"
        part="Sign-up"
        lead="Who may make an account on this installation."
      />
      <AdminTabs />
      <ModePanel />
      <InvitationsPanel />
    </div>
  )
}

function ModePanel() {
  const queryClient = useQueryClient()
  const options = trpc.auth.signUpMode.queryOptions()
  const {
    data: { mode },
  } = useSuspenseQuery(options)
  const set = useMutation(
    trpc.admin.signUpMode.set.mutationOptions({
      onSuccess: (saved) => queryClient.setQueryData(options.queryKey, saved),
      onError: (error) => toastProblem(problemOf(error).message),
    }),
  )
  return (
    <Panel title="Sign-up">
      <ChoiceGroup
        label="Sign-up"
        value={mode}
        choices={MODES}
        onValue={(next) => set.mutate({ mode: next })}
      />
      <p className="mt-3 text-ink-soft text-sm">{MEANINGS[mode]}</p>
    </Panel>
  )
}
