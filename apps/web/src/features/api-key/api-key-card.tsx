import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { CircleAlert, CircleCheck, CircleDashed, Pencil } from 'lucide-react'
import { useState } from 'react'
import { Badge } from '../../components/ui/badge.tsx'
import { Button } from '../../components/ui/button.tsx'
import { Notice } from '../../components/ui/notice.tsx'
import { When } from '../../components/when.tsx'
import { useFormats } from '../../lib/preferences.tsx'
import { problemOf } from '../../lib/problem.ts'
import { toastProblem, toastSuccess } from '../../lib/toasts.ts'
import { trpc } from '../../lib/trpc.ts'
import type { ApiKey } from '../../lib/types.ts'
import { DeleteDialog } from './delete-dialog.tsx'
import { keyStateOf, refusalTimes } from './key-state.ts'
import { keyTitle } from './key-title.ts'
import { RenameDialog } from './rename-dialog.tsx'
import { ReplaceDialog } from './replace-dialog.tsx'
import { RightsCard } from './rights-card.tsx'

type OpenDialog = 'rename' | 'replace' | 'delete' | null

/** One key: whose, whether it works, what it may do, and what can be done about it. */
export function ApiKeyCard({ apiKey }: { apiKey: ApiKey }) {
  const [dialog, setDialog] = useState<OpenDialog>(null)
  const formats = useFormats()
  const check = useCheckApiKey()
  const close = () => setDialog(null)
  const title = keyTitle(apiKey)
  return (
    <li
      id={`key-${apiKey.apiKeyId}`}
      className="flex scroll-mt-20 flex-col rounded-lg border border-line bg-panel target:border-brand"
    >
      <div className="flex items-start justify-between gap-4 px-4 pt-4 sm:px-5">
        <div className="grid min-w-0 gap-0.5">
          <h2 className="flex min-w-0 items-center gap-1 font-semibold">
            <span className="truncate">{title}</span>
            <Button
              look="quiet"
              size="icon"
              className="size-7"
              onClick={() => setDialog('rename')}
              aria-label={`Rename ${title}`}
            >
              <Pencil aria-hidden className="size-3.5" />
            </Button>
          </h2>
          <p className="text-ink-faint text-sm">
            {apiKey.nickname && `${apiKey.exchangeName} · `}
            {apiKey.hint && (
              <>
                key ending in <span className="font-mono text-ink-soft">{apiKey.hint}</span>
                {' · '}
              </>
            )}
            {apiKey.purpose === 'trade' ? 'to trade' : 'to read'}
          </p>
        </div>
        <Validity apiKey={apiKey} />
      </div>
      <div className="grid gap-4 px-4 py-4 sm:px-5">
        {apiKey.checkError && (
          <Notice tone={apiKey.isValid === false ? 'problem' : 'warning'}>
            {apiKey.checkError.message} {refusalTimes(apiKey, formats)}
          </Notice>
        )}
        {apiKey.accountMatch === 'different' && (
          <Notice tone="problem" title="This key is of another account">
            It sees another account at {apiKey.exchangeName} than its wallet shows. Replace it, or delete it
            and connect it as a wallet of its own.
          </Notice>
        )}
        <RightsCard apiKey={apiKey} />
        <p className="text-ink-faint text-sm">
          {apiKey.checkedAt ? (
            <>
              Last checked <When at={apiKey.checkedAt} />
            </>
          ) : (
            'Not checked yet'
          )}
          {' · '}
          next check <When at={apiKey.nextCheckAt} />
          {' · '}
          added <When at={apiKey.createdAt} />
        </p>
      </div>
      <div className="mt-auto flex flex-wrap items-center gap-2 border-line border-t px-4 py-3 sm:px-5">
        <Button
          size="small"
          busy={check.isPending}
          onClick={() => check.mutate({ apiKeyId: apiKey.apiKeyId })}
        >
          Check now
        </Button>
        <Button size="small" onClick={() => setDialog('replace')}>
          Replace
        </Button>
        <Button size="small" look="quiet" asChild>
          <Link to="/wallets/$walletId" params={{ walletId: apiKey.walletId }}>
            See its wallet
          </Link>
        </Button>
        <Button size="small" look="quiet" className="ml-auto text-danger" onClick={() => setDialog('delete')}>
          Delete
        </Button>
      </div>
      {dialog === 'rename' && <RenameDialog apiKey={apiKey} onClose={close} />}
      {dialog === 'replace' && <ReplaceDialog apiKey={apiKey} onClose={close} />}
      {dialog === 'delete' && <DeleteDialog apiKey={apiKey} onClose={close} />}
    </li>
  )
}

function Validity({ apiKey }: { apiKey: ApiKey }) {
  switch (keyStateOf(apiKey)) {
    case 'unchecked':
      return (
        <Badge tone="neutral" icon={CircleDashed}>
          Not checked
        </Badge>
      )
    case 'valid':
      return (
        <Badge tone="good" icon={CircleCheck}>
          Valid
        </Badge>
      )
    case 'refused':
      return (
        <Badge tone="warning" icon={CircleAlert}>
          Refused, checking again
        </Badge>
      )
    case 'invalid':
      return (
        <Badge tone="problem" icon={CircleAlert}>
          Not accepted
        </Badge>
      )
  }
}

function useCheckApiKey() {
  const queryClient = useQueryClient()
  return useMutation(
    trpc.apiKeys.check.mutationOptions({
      onSuccess: (checked) => {
        if (checked.refusedSince)
          toastProblem(checked.checkError?.message ?? `${checked.exchangeName} did not accept the key.`)
        else toastSuccess(`${checked.exchangeName} accepts the key.`)
      },
      onError: (error) => toastProblem(problemOf(error).message),
      onSettled: () => {
        queryClient.invalidateQueries(trpc.portfolio.pathFilter())
        return queryClient.invalidateQueries(trpc.apiKeys.pathFilter())
      },
    }),
  )
}
