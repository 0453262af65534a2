import { Copy } from 'lucide-react'
import { toastProblem, toastSuccess } from '../../lib/toasts.ts'
import { Button } from './button.tsx'

/** Copies a text; where the browser does not allow it, says so. */
export function CopyButton({ text, what }: { text: string; what: string }) {
  async function copy() {
    try {
      await navigator.clipboard.writeText(text)
      toastSuccess(`${what} copied.`)
    } catch {
      toastProblem('The browser does not let this page copy. Select the text and copy it yourself.')
    }
  }
  return (
    <Button size="small" onClick={copy}>
      <Copy aria-hidden className="size-4" />
      Copy
    </Button>
  )
}
