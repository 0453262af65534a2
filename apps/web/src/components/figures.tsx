import { signOf } from '@opentrade/format'
import { ArrowDown, ArrowUp, Minus } from 'lucide-react'
import { classNames } from '../lib/class-names.ts'
import { useFormats } from '../lib/preferences.tsx'

interface FigureProps {
  /** Plain decimal. */
  value: string
  className?: string
}

const ONE_LINE = 'tabular whitespace-nowrap'

/** US dollars; on hover every digit. */
export function Usd({ value, className }: FigureProps) {
  const formats = useFormats()
  return (
    <data value={value} title={formats.usdExact(value)} className={classNames(ONE_LINE, className)}>
      {formats.usd(value)}
    </data>
  )
}

/** For figures of up to 13 characters, of up to 17, and of more. */
const HEADLINES = {
  page: ['text-4xl sm:text-5xl', 'text-3xl sm:text-5xl', 'text-xl sm:text-3xl'],
  panel: ['text-4xl', 'text-3xl', 'text-xl'],
} as const

/** A total as the largest figure of what it stands in: a long one is set smaller, so that none of it is cut off. */
export function Headline({ value, of }: { value: string; of: keyof typeof HEADLINES }) {
  const { length } = useFormats().usd(value)
  const [usual, long, longest] = HEADLINES[of]
  const size = length <= 13 ? usual : length <= 17 ? long : longest
  return (
    <p className={classNames('mt-1 font-semibold tracking-tight', size)}>
      <Usd value={value} />
    </p>
  )
}

/** The price of one unit in US dollars; on hover every digit. */
export function Price({ value, className }: FigureProps) {
  const formats = useFormats()
  return (
    <data value={value} title={formats.usdExact(value)} className={classNames(ONE_LINE, className)}>
      {formats.price(value)}
    </data>
  )
}

/** An amount of an asset; on hover every digit. */
export function Amount({ value, asset, className }: FigureProps & { asset?: string }) {
  const formats = useFormats()
  const unit = asset ? ` ${asset}` : ''
  return (
    <data value={value} title={`${formats.exact(value)}${unit}`} className={classNames('tabular', className)}>
      {formats.amount(value)}
      {unit}
    </data>
  )
}

interface ChangeProps {
  usdValue: string
  /** Counts per cent; null when there was nothing before. */
  percent: string | null
  className?: string
}

/** A gain or a loss: arrow, sign and colour say the same thing. */
export function Change({ usdValue, percent, className }: ChangeProps) {
  const formats = useFormats()
  const sign = signOf(usdValue)
  const Icon = sign > 0 ? ArrowUp : sign < 0 ? ArrowDown : Minus
  return (
    <span
      title={formats.usdExact(usdValue)}
      className={classNames(
        'tabular inline-flex items-center gap-1 font-medium',
        sign > 0 && 'text-gain',
        sign < 0 && 'text-loss',
        className,
      )}
    >
      <Icon aria-hidden className="size-4" strokeWidth={2.5} />
      {formats.usdChange(usdValue)}
      {percent !== null && <span>({formats.percentChange(percent)})</span>}
    </span>
  )
}

/** Stands where a value would, for what no connected source prices. */
export function Unpriced({ className }: { className?: string }) {
  return (
    <span
      title="No connected source has a price for this asset. It is left out of totals, not counted as zero."
      className={classNames('text-warning text-sm', className)}
    >
      unpriced
    </span>
  )
}
