import { useFormats, usePreferences } from '../lib/preferences.tsx'
import { When } from './when.tsx'

/** By which rate amounts are shown in another currency than US dollars, and why they are not. */
export function RateNote({ className }: { className?: string }) {
  const { rate, unavailable } = usePreferences()
  const formats = useFormats()
  if (unavailable) {
    return <span className={className}>Shown in US dollars: no price for {unavailable} today</span>
  }
  if (!rate) return null
  return (
    <span className={className}>
      1 {rate.currency} = {formats.usdExact(rate.usdPrice)}
      {rate.simulated && ' (simulated)'}, {rate.source}, <When at={rate.asOf} />
    </span>
  )
}
