import { LoaderCircle } from 'lucide-react'
import { useEffect, useState } from 'react'

const STEPS = [
  { afterMs: 0, text: (name: string) => `Asking ${name} whether it accepts the key…` },
  { afterMs: 3_000, text: () => 'Reading what the key may do…' },
  { afterMs: 9_000, text: (name: string) => `${name} takes its time. Still waiting…` },
]

/** Says that an exchange is being asked, for as long as it is rendered. */
export function Checking({ exchangeName }: { exchangeName: string }) {
  const [step, setStep] = useState(0)
  useEffect(() => {
    const timers = STEPS.map(({ afterMs }, index) => setTimeout(() => setStep(index), afterMs))
    return () => timers.forEach(clearTimeout)
  }, [])
  return (
    <p role="status" className="flex items-center gap-2.5 text-ink-soft text-sm">
      <LoaderCircle aria-hidden className="size-4 animate-spin text-brand" />
      {STEPS[step]?.text(exchangeName)}
    </p>
  )
}
