import { Check, CircleHelp, Minus, TriangleAlert } from 'lucide-react'
import { When } from '../../components/when.tsx'
import { classNames } from '../../lib/class-names.ts'
import type { ApiKey } from '../../lib/types.ts'
import { type RightLine, rightLines } from './right-lines.ts'

const WORDS = { yes: 'yes', no: 'no', unverified: 'unverified' } as const

/** How it is known that two keys of a wallet see one account. */
const MATCHES: Record<NonNullable<ApiKey['accountMatch']>, string> = {
  identity: 'the same, says the exchange',
  balances: 'the same, by its balances',
  unverified: 'could not be compared',
  different: 'another one',
}

/** What a key may do, right by right, as the exchange said. */
export function RightsCard({ apiKey }: { apiKey: ApiKey }) {
  const { permissions: rights, expiresAt, accountMatch } = apiKey
  if (!rights) {
    return <p className="text-ink-soft text-sm">What it may do is not known yet. Check it to find out.</p>
  }
  const expiry = expiresAt ?? rights.expiresAt
  return (
    <dl className="grid gap-x-8 sm:grid-cols-2">
      {rightLines(rights).map((line) => (
        <Line key={line.name} line={line} />
      ))}
      <div className="flex items-center justify-between gap-3 border-line border-t py-1.5 text-sm">
        <dt className="text-ink-soft">Expires</dt>
        <dd className="font-medium">{expiry ? <When at={expiry} /> : 'no date known'}</dd>
      </div>
      {accountMatch && (
        <div
          className="flex items-center justify-between gap-3 border-line border-t py-1.5 text-sm sm:col-span-2"
          title="Whether it sees the same account as the other key of its wallet"
        >
          <dt className="text-ink-soft">Account of its wallet</dt>
          <dd className={classNames('font-medium', accountMatch === 'different' && 'text-danger')}>
            {MATCHES[accountMatch]}
          </dd>
        </div>
      )}
    </dl>
  )
}

function Line({ line }: { line: RightLine }) {
  const { icon: Icon, look } = lookOf(line)
  return (
    <div
      className="flex items-center justify-between gap-3 border-line border-t py-1.5 text-sm"
      title={line.meaning}
    >
      <dt className="text-ink-soft">{line.name}</dt>
      <dd className={classNames('inline-flex items-center gap-1.5 font-medium', look)}>
        <Icon aria-hidden className="size-4" />
        {WORDS[line.state]}
        <span className="sr-only">. {line.meaning}</span>
      </dd>
    </div>
  )
}

function lookOf(line: RightLine) {
  if (line.state === 'unverified') return { icon: CircleHelp, look: 'text-ink-faint font-normal' }
  if (line.good === false) return { icon: TriangleAlert, look: 'text-warning' }
  return { icon: line.state === 'yes' ? Check : Minus, look: line.good ? 'text-brand' : 'text-ink' }
}
