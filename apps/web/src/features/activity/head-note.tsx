import { CopyButton } from '../../components/ui/copy-button.tsx'
import { INPUT_LOOK } from '../../components/ui/field.tsx'
import { classNames } from '../../lib/class-names.ts'
import { writeNote } from './noted-head.ts'

/** The last entry as a line to keep, ready to be copied. */
export function HeadNote({ head }: { head: { seq: string; hash: string } }) {
  const note = writeNote(head)
  return (
    <div className="flex max-w-2xl items-center gap-2">
      <input
        readOnly
        aria-label="The last entry, to note"
        value={note}
        onFocus={(event) => event.target.select()}
        className={classNames(INPUT_LOOK, 'h-9 min-w-0 font-mono text-xs')}
      />
      <CopyButton text={note} what="The line" />
    </div>
  )
}
