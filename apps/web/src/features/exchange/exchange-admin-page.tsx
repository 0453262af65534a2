import { useSuspenseQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { AdminTabs } from '../../components/admin-tabs.tsx'
import { PageHeader } from '../../components/page-header.tsx'
import { Badge } from '../../components/ui/badge.tsx'
import { Button } from '../../components/ui/button.tsx'
import { trpc } from '../../lib/trpc.ts'
import type { Exchange } from '../../lib/types.ts'
import { ExchangeDialog } from './exchange-dialog.tsx'
import { ExchangeSearch } from './exchange-search.tsx'
import { matchExchanges } from './match-exchanges.ts'

interface ExchangeAdminPageProps {
  query: string
  onQuery: (query: string) => void
}

/** Where an administrator says how each exchange is reached, and whether people can connect it. */
export function ExchangeAdminPage({ query, onQuery }: ExchangeAdminPageProps) {
  const { data: exchanges } = useSuspenseQuery(trpc.exchanges.list.queryOptions())
  const [open, setOpen] = useState<Exchange | null>(null)
  const found = matchExchanges(exchanges, query)
  return (
    <div className="grid gap-5">
      <PageHeader
        title="Administration"
        part="Exchanges"
        lead="How each exchange is reached from this installation, and whether people can connect it."
      />
      <AdminTabs />
      <ExchangeSearch query={query} onQuery={onQuery} found={found.length} all={exchanges.length} />
      {found.length === 0 ? (
        <div className="grid justify-items-start gap-3 rounded-lg border border-line bg-panel p-6">
          <p>No exchange here is called “{query}”. Try a shorter part of its name.</p>
          <Button onClick={() => onQuery('')}>Show all exchanges</Button>
        </div>
      ) : (
        <ul className="grid gap-2.5 md:grid-cols-2 2xl:grid-cols-3">
          {found.map((exchange) => (
            <Row key={exchange.exchangeId} exchange={exchange} onOpen={() => setOpen(exchange)} />
          ))}
        </ul>
      )}
      {open && <ExchangeDialog exchange={open} onClose={() => setOpen(null)} />}
    </div>
  )
}

function Row({ exchange, onOpen }: { exchange: Exchange; onOpen: () => void }) {
  const { exchangeName, exchangeId, isActive } = exchange
  return (
    <li className="flex items-center gap-3 rounded-lg border border-line bg-panel px-4 py-2.5">
      <div className="grid min-w-0 flex-1">
        <span className="truncate font-medium">{exchangeName}</span>
        <span className="truncate font-mono text-ink-faint text-xs">{exchangeId}</span>
      </div>
      {!isActive && <Badge tone="warning">switched off</Badge>}
      <Button size="small" aria-label={`Change ${exchangeName}`} onClick={onOpen}>
        Change
      </Button>
    </li>
  )
}
