import { useSuspenseQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { Plus } from 'lucide-react'
import { HistoryPanel } from '../../components/history/history-panel.tsx'
import { PageHeader } from '../../components/page-header.tsx'
import { Button } from '../../components/ui/button.tsx'
import { trpc } from '../../lib/trpc.ts'
import type { HistoryRange } from '../../lib/types.ts'
import { useMediaQuery } from '../../lib/use-media-query.ts'
import { AllocationPanel } from './allocation-panel.tsx'
import { AttentionPanel } from './attention-panel.tsx'
import { TotalPanel } from './total-panel.tsx'
import { WalletsPanel } from './wallets-panel.tsx'
import { Welcome } from './welcome.tsx'

/** Where Tailwind's `xl` begins: below it one column, with what needs attention near the top. */
const TWO_COLUMNS = '(min-width: 80rem)'

interface DashboardPageProps {
  range: HistoryRange
  onRange: (range: HistoryRange) => void
}

/** Everything a person holds, at a glance. */
export function DashboardPage({ range, onRange }: DashboardPageProps) {
  const { data: summary } = useSuspenseQuery(trpc.portfolio.summary.queryOptions())
  const isWide = useMediaQuery(TWO_COLUMNS)
  if (summary.wallets.length === 0) return <Welcome />
  return (
    <div className="grid gap-5">
      <PageHeader
        title="Dashboard"
        actions={
          <Button asChild size="small">
            <Link to="/connect">
              <Plus aria-hidden className="size-4" />
              Add an exchange
            </Link>
          </Button>
        }
      />
      <div className="grid gap-5 xl:grid-cols-[minmax(0,1.9fr)_minmax(20rem,1fr)]">
        <div className="contents min-w-0 content-start gap-5 xl:grid">
          <TotalPanel summary={summary} />
          {isWide || <AttentionPanel items={summary.attention} />}
          <HistoryPanel range={range} onRange={onRange} />
          <WalletsPanel wallets={summary.wallets} />
        </div>
        <div className="grid min-w-0 content-start gap-5">
          {isWide && <AttentionPanel items={summary.attention} />}
          <AllocationPanel allocation={summary.allocation} />
        </div>
      </div>
    </div>
  )
}
