import { Download } from 'lucide-react'
import { Button } from '../../components/ui/button.tsx'
import { CopyButton } from '../../components/ui/copy-button.tsx'
import { saveFile } from '../../lib/save-file.ts'

interface RecoveryCodesProps {
  codes: readonly string[]
  onDone: () => void
}

/** New recovery codes, shown this once. */
export function RecoveryCodes({ codes, onDone }: RecoveryCodesProps) {
  const text = codes.join('\n')
  return (
    <div className="grid gap-4">
      <p className="text-ink-soft">
        Each of these opens your account once, beside your password, when your app or passkey is lost. They
        are shown this once: keep them where you keep what matters, not on the same phone.
      </p>
      <ul
        aria-label="Recovery codes"
        className="grid gap-x-6 gap-y-1 rounded-md border border-line bg-sunken p-3 font-mono text-sm sm:grid-cols-2"
      >
        {codes.map((code) => (
          <li key={code} className="select-all">
            {code}
          </li>
        ))}
      </ul>
      <div className="flex flex-wrap items-center justify-between gap-2">
        <div className="flex gap-2">
          <CopyButton text={text} what="The recovery codes" />
          <Button
            size="small"
            onClick={() =>
              saveFile(new Blob([`${text}\n`], { type: 'text/plain' }), 'opentrade-recovery-codes.txt')
            }
          >
            <Download aria-hidden className="size-4" />
            Download
          </Button>
        </div>
        <Button look="primary" onClick={onDone}>
          I have kept them
        </Button>
      </div>
    </div>
  )
}
