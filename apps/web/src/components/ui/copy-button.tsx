import { Check, Copy } from 'lucide-react'
import { useCopy } from '../../lib/use-copy.ts'
import { Button } from './button.tsx'

/** Copies a text; where the browser does not allow it, says what to do. */
export function CopyButton({ text, what, label = 'Copy' }: { text: string; what: string; label?: string }) {
  const { copied, copy } = useCopy(text)
  const Icon = copied === 'copied' ? Check : Copy
  return (
    <span className="inline-flex flex-wrap items-center gap-x-3 gap-y-1">
      <Button size="small" onClick={copy}>
        <Icon aria-hidden className="size-4" />
        {copied === 'copied' ? 'Copied' : label}
      </Button>
      <span role="status" className={copied === 'refused' ? 'text-danger text-sm' : 'sr-only'}>
        {copied === 'copied' && `${what} copied.`}
        {copied === 'refused' &&
          'The browser does not let this page copy: select the text and copy it yourself.'}
      </span>
    </span>
  )
}
