import { useSuspenseQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { ArrowLeft } from 'lucide-react'
import { PageHeader } from '../../components/page-header.tsx'
import { trpc } from '../../lib/trpc.ts'
import { ConnectAdvice } from './connect-advice.tsx'
import { ConnectForm } from './connect-form.tsx'
import { ConnectPaper } from './connect-paper.tsx'
import { walletChoices } from './wallet-choices.ts'

/** Where a person connects one exchange by an API key. */
export function ConnectPage({ exchangeId }: { exchangeId: string }) {
  const { data: exchange } = useSuspenseQuery(trpc.exchanges.get.queryOptions({ exchangeId }))
  const { data: summary } = useSuspenseQuery(trpc.portfolio.summary.queryOptions())
  const { data: apiKeys } = useSuspenseQuery(trpc.apiKeys.list.queryOptions())
  return (
    <div className="grid gap-5">
      <Link
        to="/connect"
        className="inline-flex items-center gap-1.5 justify-self-start text-ink-soft text-sm hover:text-ink"
      >
        <ArrowLeft aria-hidden className="size-4" />
        All exchanges
      </Link>
      <PageHeader title={`Connect ${exchange.exchangeName}`} />
      {exchangeId === 'paper' ? (
        <ConnectPaper />
      ) : (
        <div className="grid items-start gap-5 lg:grid-cols-[minmax(0,36rem)_minmax(18rem,26rem)]">
          <ConnectForm
            exchange={exchange}
            choices={walletChoices({ exchangeId, wallets: summary.wallets, apiKeys })}
          />
          <ConnectAdvice exchange={exchange} />
        </div>
      )}
    </div>
  )
}
