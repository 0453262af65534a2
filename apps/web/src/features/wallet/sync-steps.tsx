import { Check, LoaderCircle } from 'lucide-react'
import { classNames } from '../../lib/class-names.ts'
import type { WalletSummary } from '../../lib/types.ts'

const STEPS = [
  { step: 'connecting', label: 'Connecting' },
  { step: 'reading balances', label: 'Reading balances' },
  { step: 'pricing', label: 'Pricing' },
  { step: 'saving', label: 'Saving' },
] as const

/** How far a sync has come. */
export function SyncSteps({ wallet }: { wallet: WalletSummary }) {
  const queued = wallet.syncStatus === 'queued'
  const current = STEPS.findIndex(({ step }) => step === wallet.syncStep)
  const words = queued ? 'Waiting for its turn' : (STEPS[current]?.label ?? 'Starting')
  return (
    <div className="border-line border-t pt-4">
      <p role="status" className="mb-3 text-ink-soft text-sm">
        {wallet.exchangeName}: {words.toLowerCase()}…
      </p>
      <ol className="grid gap-2 text-sm">
        {STEPS.map(({ step, label }, index) => {
          const done = !queued && index < current
          const active = !queued && index === current
          return (
            <li
              key={step}
              aria-current={active ? 'step' : undefined}
              className={classNames(
                'flex items-center gap-2.5',
                done || active ? 'text-ink' : 'text-ink-faint',
              )}
            >
              <span
                aria-hidden
                className={classNames(
                  'grid size-5 place-items-center rounded-full border border-line-strong',
                  done && 'border-brand bg-brand text-on-brand',
                  active && 'border-brand text-brand',
                )}
              >
                {done && <Check className="size-3" strokeWidth={3} />}
                {active && <LoaderCircle className="size-3 animate-spin" />}
              </span>
              {label}
            </li>
          )
        })}
      </ol>
    </div>
  )
}
