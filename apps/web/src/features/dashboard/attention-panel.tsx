import { Link } from '@tanstack/react-router'
import { ArrowRight, CircleAlert, CircleCheck, Info, TriangleAlert } from 'lucide-react'
import { useState } from 'react'
import { Button } from '../../components/ui/button.tsx'
import { Panel } from '../../components/ui/panel.tsx'
import { useFormats } from '../../lib/preferences.tsx'
import type { AttentionItem } from '../../lib/types.ts'

type Weight = 'problem' | 'warning' | 'info'

const KINDS: Record<AttentionItem['kind'], { weight: Weight; remedy: string; page: 'keys' | 'wallet' }> = {
  KEY_INVALID: { weight: 'problem', remedy: 'Replace the key', page: 'keys' },
  KEY_REFUSED: { weight: 'warning', remedy: 'See the key', page: 'keys' },
  SYNC_FAILED: { weight: 'problem', remedy: 'See the wallet', page: 'wallet' },
  KEY_EXPIRES: { weight: 'warning', remedy: 'Replace the key', page: 'keys' },
  OTHER_ACCOUNT: { weight: 'problem', remedy: 'Replace or delete the key', page: 'keys' },
  WITHDRAWALS_ENABLED: { weight: 'warning', remedy: 'See the key', page: 'keys' },
  STALE: { weight: 'warning', remedy: 'See the wallet', page: 'wallet' },
  KEY_UNCHECKED: { weight: 'info', remedy: 'Check the key', page: 'keys' },
  UNPRICED: { weight: 'info', remedy: 'See the assets', page: 'wallet' },
}

const WEIGHTS = {
  problem: { icon: CircleAlert, look: 'text-danger' },
  warning: { icon: TriangleAlert, look: 'text-warning' },
  info: { icon: Info, look: 'text-ink-faint' },
} as const

const REMEDY_LINK = 'inline-flex items-center gap-1 font-medium text-brand hover:text-brand-strong'

/** The most pressing come first; more than these would hide the rest of the page on a phone. */
const SHOWN_AT_FIRST = 4

/** What the person should look at, each with the way to its remedy. */
export function AttentionPanel({ items }: { items: readonly AttentionItem[] }) {
  const [all, setAll] = useState(false)
  const formats = useFormats()
  const shown = all ? items : items.slice(0, SHOWN_AT_FIRST)
  return (
    <Panel title="What needs attention" flush>
      {items.length === 0 ? (
        <p className="flex items-center gap-2.5 px-4 pb-4 text-ink-soft text-sm sm:px-5">
          <CircleCheck aria-hidden className="size-4.5 text-brand" />
          Nothing. Keys are valid and wallets are fresh.
        </p>
      ) : (
        <ul className="divide-y divide-line border-line border-t">
          {shown.map((item) => (
            <Item key={`${item.kind} ${item.walletId} ${item.apiKeyId} ${item.message}`} item={item} />
          ))}
        </ul>
      )}
      {items.length > SHOWN_AT_FIRST && (
        <div className="border-line border-t px-1 py-2 sm:px-2">
          <Button look="quiet" size="small" aria-expanded={all} onClick={() => setAll(!all)}>
            {all ? 'Show fewer' : `Show all ${formats.count(items.length)}`}
          </Button>
        </div>
      )}
    </Panel>
  )
}

function Item({ item }: { item: AttentionItem }) {
  const { weight, remedy, page } = KINDS[item.kind]
  const { icon: Icon, look } = WEIGHTS[weight]
  return (
    <li className="flex gap-3 px-4 py-3 text-sm sm:px-5">
      <Icon aria-hidden className={`mt-0.5 size-4.5 shrink-0 ${look}`} />
      <div className="wrap-anywhere grid min-w-0 gap-1">
        <p>{item.message}</p>
        {page === 'wallet' && item.walletId ? (
          <Link to="/wallets/$walletId" params={{ walletId: item.walletId }} className={REMEDY_LINK}>
            {remedy}
            <ArrowRight aria-hidden className="size-3.5" />
          </Link>
        ) : (
          <Link to="/keys" hash={item.apiKeyId && `key-${item.apiKeyId}`} className={REMEDY_LINK}>
            {remedy}
            <ArrowRight aria-hidden className="size-3.5" />
          </Link>
        )}
      </div>
    </li>
  )
}
