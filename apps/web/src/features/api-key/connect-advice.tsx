import { ExternalLink, Eye, Lock, ShieldOff } from 'lucide-react'
import { Button } from '../../components/ui/button.tsx'
import { Panel } from '../../components/ui/panel.tsx'
import type { Exchange } from '../../lib/types.ts'

const ADVICE = [
  { icon: Eye, title: 'Allow reading only', text: 'It is all that is needed to show balances.' },
  { icon: ShieldOff, title: 'Leave withdrawal off', text: 'Then nobody can move funds out with this key.' },
  {
    icon: Lock,
    title: 'Restrict it to this server’s IP address',
    text: 'Then a stolen key is of no use anywhere else.',
  },
]

/** How to make a key that does no harm, and where. */
export function ConnectAdvice({ exchange }: { exchange: Exchange }) {
  const keysPage = exchange.keysUrl ?? exchange.website
  return (
    <Panel title={`Make a key at ${exchange.exchangeName}`}>
      <div className="grid gap-5">
        <ol className="grid gap-4">
          {ADVICE.map(({ icon: Icon, title, text }) => (
            <li key={title} className="flex gap-3">
              <Icon aria-hidden className="mt-0.5 size-4.5 shrink-0 text-brand" />
              <div>
                <p className="font-medium text-sm">{title}</p>
                <p className="text-ink-soft text-sm">{text}</p>
              </div>
            </li>
          ))}
        </ol>
        <div className="flex flex-wrap gap-2">
          {keysPage && (
            <Button asChild size="small">
              <a href={keysPage} target="_blank" rel="noopener noreferrer">
                {exchange.keysUrl ? 'Open its API key page' : 'Open its site'}
                <ExternalLink aria-label="opens in a new tab" className="size-3.5" />
              </a>
            </Button>
          )}
          {exchange.docs && (
            <Button asChild size="small" look="quiet">
              <a href={exchange.docs} target="_blank" rel="noopener noreferrer">
                Its documentation
                <ExternalLink aria-label="opens in a new tab" className="size-3.5" />
              </a>
            </Button>
          )}
        </div>
        <p className="border-line border-t pt-4 text-ink-faint text-sm">
          What you enter is checked at {exchange.exchangeName}, then sealed with a key of your own. Nobody can
          read it back, here or in the database.
        </p>
      </div>
    </Panel>
  )
}
