import { CopyButton } from './copy-button.tsx'

/** A secret that is shown this once, in full, ready to be copied. */
export function ShownOnce({ text, what }: { text: string; what: string }) {
  return (
    <div className="grid gap-2 rounded-md border border-line bg-sunken p-3">
      <code className="select-all break-all font-mono text-sm">{text}</code>
      <div>
        <CopyButton text={text} what={what} />
      </div>
    </div>
  )
}
