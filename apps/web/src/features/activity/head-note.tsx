import { Copy } from 'lucide-react'
import { useRef } from 'react'
import { Button } from '../../components/ui/button.tsx'
import { INPUT_LOOK } from '../../components/ui/field.tsx'
import { classNames } from '../../lib/class-names.ts'
import { toastSuccess } from '../../lib/toasts.ts'
import { writeNote } from './noted-head.ts'

/** The last entry as a line to keep, ready to be copied. */
export function HeadNote({ head }: { head: { seq: string; hash: string } }) {
  const field = useRef<HTMLInputElement>(null)
  const note = writeNote(head)

  async function copy() {
    field.current?.select()
    // Over plain http the browser has no clipboard to offer: then the line is at least selected.
    if (!navigator.clipboard) return
    await navigator.clipboard.writeText(note)
    toastSuccess('The line is copied.')
  }

  return (
    <div className="flex max-w-2xl items-center gap-2">
      <input
        ref={field}
        readOnly
        aria-label="The last entry, to note"
        value={note}
        onFocus={(event) => event.target.select()}
        className={classNames(INPUT_LOOK, 'h-9 min-w-0 font-mono text-xs')}
      />
      <Button size="small" onClick={copy}>
        <Copy aria-hidden className="size-4" />
        Copy
      </Button>
    </div>
  )
}
