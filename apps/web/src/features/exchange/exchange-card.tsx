import { Link } from '@tanstack/react-router'
import { ChevronRight, FlaskConical } from 'lucide-react'
import { Badge } from '../../components/ui/badge.tsx'
import { classNames } from '../../lib/class-names.ts'
import type { Exchange } from '../../lib/types.ts'

/** One exchange of the list: its name and what it asks for. */
export function ExchangeCard({ exchange }: { exchange: Exchange }) {
  const { exchangeId, exchangeName, requiredCredentials, isActive } = exchange
  const isPaper = exchangeId === 'paper'
  return (
    <li
      className={classNames(
        'relative flex items-center gap-3.5 rounded-lg border border-line bg-panel px-4 py-3',
        isActive ? 'hover:border-line-strong' : 'border-dashed bg-transparent',
        isPaper && 'border-brand/40 bg-brand-soft',
      )}
    >
      <span
        aria-hidden
        className={classNames(
          'grid size-9 shrink-0 place-items-center rounded-md bg-sunken font-semibold text-ink-soft text-sm uppercase',
          isPaper && 'bg-panel text-brand',
        )}
      >
        {isPaper ? <FlaskConical className="size-4.5" /> : exchangeName.slice(0, 2)}
      </span>
      <div className="grid min-w-0 flex-1">
        {isActive ? (
          <Link
            to="/connect/$exchangeId"
            params={{ exchangeId }}
            className="truncate font-medium after:absolute after:inset-0 after:rounded-lg"
          >
            {exchangeName}
          </Link>
        ) : (
          <span className="truncate font-medium">{exchangeName}</span>
        )}
        <span className="truncate text-ink-faint text-sm">
          {requiredCredentials.map((field) => field.label).join(', ') || 'Nothing to enter'}
        </span>
      </div>
      {isActive ? (
        <ChevronRight aria-hidden className="size-4 text-ink-faint" />
      ) : (
        <Badge tone="neutral" title="An administrator of this installation has switched it off.">
          switched off
        </Badge>
      )}
    </li>
  )
}
