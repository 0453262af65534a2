import { useSuspenseQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { KeyRound, Plus } from 'lucide-react'
import { EmptyState } from '../../components/empty-state.tsx'
import { PageHeader } from '../../components/page-header.tsx'
import { Button } from '../../components/ui/button.tsx'
import { trpc } from '../../lib/trpc.ts'
import { ApiKeyCard } from './api-key-card.tsx'

/** Every API key with what it may do and whether it works. */
export function ApiKeysPage() {
  const { data: apiKeys } = useSuspenseQuery(trpc.apiKeys.list.queryOptions())
  return (
    <div className="grid gap-5">
      <PageHeader
        title="API keys"
        lead="What each key may do, as the exchange itself says. No key or secret can be read back, only replaced."
        actions={
          apiKeys.length > 0 && (
            <Button asChild size="small">
              <Link to="/connect">
                <Plus aria-hidden className="size-4" />
                Add a key
              </Link>
            </Button>
          )
        }
      />
      {apiKeys.length === 0 ? (
        <div className="rounded-lg border border-line bg-panel">
          <EmptyState
            icon={KeyRound}
            title="No keys yet"
            actions={
              <Button asChild look="primary">
                <Link to="/connect">Connect an exchange</Link>
              </Button>
            }
          >
            A key lets OpenTrade read your balances at an exchange. Make one there that may read and nothing
            more.
          </EmptyState>
        </div>
      ) : (
        <ul className="grid gap-5 xl:grid-cols-2">
          {apiKeys.map((apiKey) => (
            <ApiKeyCard key={apiKey.apiKeyId} apiKey={apiKey} />
          ))}
        </ul>
      )}
    </div>
  )
}
