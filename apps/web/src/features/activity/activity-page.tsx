import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query'
import { ScrollText } from 'lucide-react'
import { EmptyState } from '../../components/empty-state.tsx'
import { PageHeader } from '../../components/page-header.tsx'
import { Button } from '../../components/ui/button.tsx'
import { ChoiceGroup } from '../../components/ui/choice-group.tsx'
import { Notice } from '../../components/ui/notice.tsx'
import { Panel } from '../../components/ui/panel.tsx'
import { Select } from '../../components/ui/select-field.tsx'
import { Skeleton } from '../../components/ui/skeleton.tsx'
import { problemOf } from '../../lib/problem.ts'
import type { AuditEntry } from '../../lib/types.ts'
import { ActivityList } from './activity-list.tsx'
import { activityQuery } from './activity-query.ts'
import {
  ACT_KINDS,
  type ActivitySearch,
  DEFAULT_KIND,
  DEFAULT_PERIOD,
  PERIODS,
  type Period,
} from './activity-search.ts'
import { ExportButton } from './export-button.tsx'
import { VerifyPanel } from './verify-panel.tsx'

interface ActivityPageProps {
  search: ActivitySearch
  onSearch: (change: ActivitySearch) => void
}

/** The person's own log: what happened in their name, and the proof that nobody has changed it. */
export function ActivityPage({ search, onSearch }: ActivityPageProps) {
  const { kind = DEFAULT_KIND, period = DEFAULT_PERIOD } = search
  // What was shown stays until the answer for another filter is there, and with it the focus.
  const log = useInfiniteQuery({ ...activityQuery({ kind, period }), placeholderData: keepPreviousData })
  return (
    <div className="grid gap-5">
      <PageHeader
        title="Activity"
        lead="Every opening of a key and every act that matters for security, noted before it happens. Nobody can change this log unnoticed."
        actions={<ExportButton />}
      />
      <VerifyPanel />
      <Panel title="Log" flush aside={<Filters search={{ kind, period }} onSearch={onSearch} />}>
        <Entries log={log} isFiltered={kind !== 'all' || period !== 'all'} onSearch={onSearch} />
        {log.hasNextPage && (
          <div className="border-line border-t px-4 py-3 sm:px-5">
            <Button size="small" busy={log.isFetchingNextPage} onClick={() => log.fetchNextPage()}>
              Show older entries
            </Button>
          </div>
        )}
      </Panel>
    </div>
  )
}

function Filters({
  search,
  onSearch,
}: {
  search: Required<ActivitySearch>
  onSearch: ActivityPageProps['onSearch']
}) {
  return (
    <search className="flex flex-wrap items-center gap-2">
      <Select
        aria-label="What to show"
        value={search.kind}
        choices={ACT_KINDS}
        onValue={(value) => onSearch({ kind: ACT_KINDS.find((kind) => kind.value === value)?.value })}
      />
      <ChoiceGroup<Period>
        label="How far back"
        value={search.period}
        choices={PERIODS}
        onValue={(period) => onSearch({ period })}
      />
    </search>
  )
}

interface EntriesProps {
  log: { data: { pages: { entries: AuditEntry[] }[] } | undefined; error: unknown }
  isFiltered: boolean
  onSearch: ActivityPageProps['onSearch']
}

function Entries({ log, isFiltered, onSearch }: EntriesProps) {
  if (log.error) {
    return (
      <Notice tone="problem" className="mx-4 mb-4 sm:mx-5" live>
        {problemOf(log.error).message}
      </Notice>
    )
  }
  if (!log.data) return <Skeleton className="mx-4 mb-4 h-72 sm:mx-5" />
  const entries = log.data.pages.flatMap((page) => page.entries)
  if (entries.length > 0) return <ActivityList entries={entries} />
  return (
    <EmptyState
      icon={ScrollText}
      title="Nothing of this kind happened"
      actions={
        isFiltered && (
          <Button onClick={() => onSearch({ kind: 'all', period: 'all' })}>Show everything</Button>
        )
      }
    >
      Nothing in your log is of the kind and the time that you chose.
    </EmptyState>
  )
}
