import { useSuspenseQuery } from '@tanstack/react-query'
import { Search } from 'lucide-react'
import { PageHeader } from '../../components/page-header.tsx'
import { Button } from '../../components/ui/button.tsx'
import { INPUT_LOOK } from '../../components/ui/field.tsx'
import { classNames } from '../../lib/class-names.ts'
import { useFormats } from '../../lib/preferences.tsx'
import { trpc } from '../../lib/trpc.ts'
import { ExchangeCard } from './exchange-card.tsx'
import { matchExchanges } from './match-exchanges.ts'

interface ExchangeListPageProps {
  query: string
  onQuery: (query: string) => void
}

/** Every exchange that can be connected, to search and choose from. */
export function ExchangeListPage({ query, onQuery }: ExchangeListPageProps) {
  const { data: exchanges } = useSuspenseQuery(trpc.exchanges.list.queryOptions())
  const formats = useFormats()
  const found = matchExchanges(exchanges, query)
  return (
    <div className="grid gap-5">
      <PageHeader
        title="Connect an exchange"
        lead="Choose where you hold assets. You will need an API key from there that may read and nothing more."
      />
      <search className="flex flex-wrap items-center gap-x-4 gap-y-2">
        <span className="relative w-full max-w-md">
          <Search
            aria-hidden
            className="-translate-y-1/2 pointer-events-none absolute top-1/2 left-3 size-4 text-ink-faint"
          />
          <input
            type="search"
            aria-label="Search exchanges"
            placeholder="Search by name"
            value={query}
            onChange={(event) => onQuery(event.target.value)}
            className={classNames(INPUT_LOOK, 'h-11 pl-9')}
          />
        </span>
        <p role="status" className="text-ink-faint text-sm">
          {formats.count(found.length)} of {formats.count(exchanges.length)} exchanges
        </p>
      </search>
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
