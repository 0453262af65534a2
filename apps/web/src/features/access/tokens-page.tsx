import { useSuspenseQuery } from '@tanstack/react-query'
import { KeySquare, Plus } from 'lucide-react'
import { useState } from 'react'
import { EmptyState } from '../../components/empty-state.tsx'
import { Badge } from '../../components/ui/badge.tsx'
import { Button } from '../../components/ui/button.tsx'
import { Panel } from '../../components/ui/panel.tsx'
import { When } from '../../components/when.tsx'
import { trpc } from '../../lib/trpc.ts'
import type { ApiToken } from '../../lib/types.ts'
import { useNow } from '../../lib/use-now.ts'
import { CreateTokenDialog } from './create-token-dialog.tsx'
import { DeleteTokenDialog } from './delete-token-dialog.tsx'

/** The tokens that a person's programs sign in with. */
export function TokensPage() {
  const { data: tokens } = useSuspenseQuery(trpc.apiTokens.list.queryOptions())
  const [isCreating, setIsCreating] = useState(false)
  const [deleting, setDeleting] = useState<ApiToken | null>(null)
  return (
    <Panel
      title="Tokens for programs"
      flush
      aside={
        <Button size="small" onClick={() => setIsCreating(true)}>
          <Plus aria-hidden className="size-4" />
          Create a token
        </Button>
      }
    >
      {tokens.length === 0 ? (
        <EmptyState icon={KeySquare} title="No tokens yet">
          A token lets a program of yours, such as the command line, use this installation in your name: only
          for what you allow, and until you delete it.
        </EmptyState>
      ) : (
        <ul className="divide-y divide-line border-line border-t">
          {tokens.map((token) => (
            <Row key={token.tokenId} token={token} onDelete={() => setDeleting(token)} />
          ))}
        </ul>
      )}
      {isCreating && <CreateTokenDialog onClose={() => setIsCreating(false)} />}
      {deleting && <DeleteTokenDialog token={deleting} onClose={() => setDeleting(null)} />}
    </Panel>
  )
}

function Row({ token, onDelete }: { token: ApiToken; onDelete: () => void }) {
  const now = useNow()
  const { name, scopes, hint, createdAt, expiresAt, lastUsedAt } = token
  const isOver = expiresAt !== null && new Date(expiresAt) <= now
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-2 px-4 py-3 text-sm sm:px-5">
      <div className="grid min-w-0 flex-1 basis-56 gap-0.5">
        <p className="flex flex-wrap items-center gap-2">
          <span className="break-words font-medium">{name}</span>
          <span className="font-mono text-ink-faint text-xs">…{hint}</span>
          {scopes.map((scope) => (
            <Badge key={scope} tone={scope === 'read' ? 'neutral' : 'warning'}>
              {scope}
            </Badge>
          ))}
          {isOver && <Badge tone="problem">expired</Badge>}
        </p>
        <p className="text-ink-faint">
          Created <When at={createdAt} />,{' '}
          {lastUsedAt ? (
            <>
              used <When at={lastUsedAt} />
            </>
          ) : (
            'not used yet'
          )}
          {expiresAt && !isOver && (
            <>
              , expires <When at={expiresAt} />
            </>
          )}
          {expiresAt === null && ', does not expire'}
        </p>
      </div>
      <Button size="small" className="text-danger" aria-label={`Delete ${name}`} onClick={onDelete}>
        Delete
      </Button>
    </li>
  )
}
