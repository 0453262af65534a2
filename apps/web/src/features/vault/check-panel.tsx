import { useMutation } from '@tanstack/react-query'
import { CircleAlert, CircleCheck, CircleDashed } from 'lucide-react'
import { Badge } from '../../components/ui/badge.tsx'
import { Button } from '../../components/ui/button.tsx'
import { Notice } from '../../components/ui/notice.tsx'
import { Panel } from '../../components/ui/panel.tsx'
import { useFormats } from '../../lib/preferences.tsx'
import { problemOf } from '../../lib/problem.ts'
import { trpc } from '../../lib/trpc.ts'
import type { VaultCheck } from '../../lib/types.ts'

/** Proves that each provider of root keys does what it must, with keys made for it. */
export function CheckPanel() {
  const check = useMutation(trpc.admin.keys.vaultCheck.mutationOptions())
  return (
    <Panel
      title="Check the providers"
      aside={
        <Button size="small" busy={check.isPending} onClick={() => check.mutate()}>
          Check now
        </Button>
      }
    >
      <div className="grid">
        <p className="text-ink-soft text-sm">
          Wraps and unwraps a key made for it with every provider, and makes sure that it refuses what it
          must. Nothing that is stored is touched.
        </p>
        <div aria-live="polite" className="grid gap-4 *:first:mt-4">
          {check.error && <Notice tone="problem">{problemOf(check.error).message}</Notice>}
          {check.data?.checks.map((one) => (
            <Result key={one.provider} check={one} />
          ))}
        </div>
      </div>
    </Panel>
  )
}

const OUTCOMES = {
  ok: { icon: CircleCheck, look: 'text-brand' },
  failed: { icon: CircleAlert, look: 'text-danger' },
  'not tried': { icon: CircleDashed, look: 'text-ink-faint' },
} as const

function Result({ check }: { check: VaultCheck }) {
  const formats = useFormats()
  return (
    <div className="grid gap-2 border-line border-t pt-3 text-sm">
      <p className="flex flex-wrap items-center gap-2">
        <span className="font-medium">{check.provider}</span>
        {check.rootKeyId && (
          <span className="break-all font-mono text-ink-soft text-xs">{check.rootKeyId}</span>
        )}
        <Badge tone={check.ok ? 'good' : 'problem'}>{check.ok ? 'works' : 'does not work'}</Badge>
      </p>
      <ol className="grid gap-1">
        {check.steps.map(({ step, outcome, milliseconds, detail }) => {
          const { icon: Icon, look } = OUTCOMES[outcome]
          return (
            <li key={step} className="grid grid-cols-[1.25rem_minmax(0,1fr)_auto] gap-x-2">
              <Icon aria-hidden className={`mt-0.5 size-4 ${look}`} />
              <span className="break-words">
                {step}
                <span className="sr-only">: {outcome}</span>
                {detail && <span className="text-ink-soft">. {detail}</span>}
              </span>
              <span className="tabular text-ink-faint">{formats.count(Math.round(milliseconds))} ms</span>
            </li>
          )
        })}
      </ol>
    </div>
  )
}
