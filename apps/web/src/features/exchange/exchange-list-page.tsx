import { useSuspenseQuery } from '@tanstack/react-query'
import { PageHeader } from '../../components/page-header.tsx'
import { Button } from '../../components/ui/button.tsx'
import { trpc } from '../../lib/trpc.ts'
import { ExchangeCard } from './exchange-card.tsx'
import { ExchangeSearch } from './exchange-search.tsx'
import { matchExchanges } from './match-exchanges.ts'

interface ExchangeListPageProps {
  query: string
  onQuery: (query: string) => void
}

/** Every exchange that can be connected, to search and choose from. */
export function ExchangeListPage({ query, onQuery }: ExchangeListPageProps) {
  const { data: exchanges } = useSuspenseQuery(trpc.exchanges.list.queryOptions())
  const found = matchExchanges(exchanges, query)
  return (
    <div className="grid gap-5">
      <PageHeader
        title="Connect an exchange"
        lead="Choose where you hold assets. You will need an API key from there that may read and nothing more."
      />
      <ExchangeSearch query={query} onQuery={onQuery} found={found.length} all={exchanges.length} />
      {found.length === 0 ? (
        <div className="grid justify-items-start gap-3 rounded-lg border border-line bg-panel p-6">
          <p>No exchange here is called “{query}”. Try a shorter part of its name.</p>
          <Button onClick={() => onQuery('')}>Show all exchanges</Button>
        </div>
      ) : (
        <ul className="grid gap-2.5 sm:grid-cols-2 xl:grid-cols-3 2xl:grid-cols-4">
          {found.map((exchange) => (
            <ExchangeCard key={exchange.exchangeId} exchange={exchange} />
          ))}
        </ul>
      )}
    </div>
  )
}
