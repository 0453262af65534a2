import { useQuery } from '@tanstack/react-query'
import { ChevronRight } from 'lucide-react'
import { useFormats } from '../../lib/preferences.tsx'
import { trpc } from '../../lib/trpc.ts'
import type { AuditEntry } from '../../lib/types.ts'
import { ActIcon } from './act-icon.tsx'
import { describeAct, describeActor, type Names } from './describe-act.ts'
import { type ActivityLine, groupEntries } from './group-entries.ts'

const ROW = 'grid grid-cols-[1.25rem_minmax(0,1fr)] gap-x-3 px-4 py-3 text-sm sm:px-5'

/** Entries of the log in words, the newest first; runs of openings by the server fold into one line. */
export function ActivityList({ entries }: { entries: readonly AuditEntry[] }) {
  const names = useNames()
  return (
    <ol className="divide-y divide-line border-line border-t">
      {groupEntries(entries).map((line) => (
        <Line key={line.kind === 'entry' ? line.entry.seq : line.entries[0].seq} line={line} names={names} />
      ))}
    </ol>
  )
}

function Line({ line, names }: { line: ActivityLine; names: Names }) {
  const formats = useFormats()
  if (line.kind === 'entry') return <Entry entry={line.entry} names={names} />
  const { entries } = line
  const oldest = entries.at(-1) ?? entries[0]
  return (
    <li>
      <details className="group">
        <summary className={`${ROW} list-none hover:bg-sunken [&::-webkit-details-marker]:hidden`}>
          <ChevronRight
            aria-hidden
            className="mt-0.5 size-4.5 text-ink-faint transition-transform group-open:rotate-90"
          />
          <span className="flex flex-wrap items-baseline justify-between gap-x-4">
            <span className="font-medium">
              The server opened keys {formats.count(entries.length)} times by itself
            </span>
            <span className="text-ink-faint">
              {formats.dateTime(oldest.at)} to {formats.dateTime(entries[0].at)}
            </span>
          </span>
        </summary>
        <ol className="divide-y divide-line border-line border-t bg-sunken">
          {entries.map((entry) => (
            <Entry key={entry.seq} entry={entry} names={names} />
          ))}
        </ol>
      </details>
    </li>
  )
}

function Entry({ entry, names }: { entry: AuditEntry; names: Names }) {
  const formats = useFormats()
  const { title, more, tone } = describeAct(entry, names)
  return (
    <li className={ROW}>
      <ActIcon action={entry.action} tone={tone} />
      <div className="grid min-w-0 gap-0.5 sm:grid-cols-[minmax(0,1fr)_auto] sm:gap-x-6">
        <p className="break-words font-medium">{title}</p>
        <time
          dateTime={entry.at}
          title={formats.moment(entry.at)}
          className="tabular text-ink-soft sm:text-right"
        >
          {formats.day(entry.at)}, {formats.clockSeconds(entry.at)}
        </time>
        <p className="break-words text-ink-soft">{more}</p>
        <p className="text-ink-faint sm:text-right">
          by {describeActor(entry.actor)}
          {entry.ip && (
            <>
              {' from '}
              <span className="font-mono text-xs">{entry.ip}</span>
            </>
          )}
          {' · '}
          <span className="tabular" title={`Entry ${entry.seq} of your log, with the hash ${entry.hash}`}>
            #{entry.seq}
          </span>
        </p>
      </div>
    </li>
  )
}

/** What the ids in the log stand for, as far as this person's keys and the catalogue say. */
function useNames(): Names {
  const { data: apiKeys = [] } = useQuery(trpc.apiKeys.list.queryOptions())
  const { data: exchanges = [] } = useQuery(trpc.exchanges.list.queryOptions())
  return {
    key: (apiKeyId) => {
      const apiKey = apiKeys.find((candidate) => candidate.apiKeyId === apiKeyId)
      if (!apiKey) return null
      return apiKey.nickname ? `“${apiKey.nickname}” of ${apiKey.exchangeName}` : `of ${apiKey.exchangeName}`
    },
    exchange: (exchangeId) =>
      exchanges.find((candidate) => candidate.exchangeId === exchangeId)?.exchangeName ?? null,
  }
}
