import { useState } from 'react'
import { Badge } from '../../components/ui/badge.tsx'
import { Button } from '../../components/ui/button.tsx'
import { Panel } from '../../components/ui/panel.tsx'
import { useFormats } from '../../lib/preferences.tsx'
import type { KeyStatus, RootKey } from '../../lib/types.ts'
import { isUnderWay } from './describe-rotation.ts'
import { RetireDialog } from './retire-dialog.tsx'

/** Which root keys there are, and what each still wraps. */
export function RootKeysPanel({ status }: { status: KeyStatus }) {
  const [retiring, setRetiring] = useState<RootKey | null>(null)
  return (
    <Panel
      title="Root keys"
      flush
      aside={<p className="text-ink-faint text-sm">Providers: {status.providers.join(', ')}</p>}
    >
      <ul className="divide-y divide-line border-line border-t">
        {status.rootKeys.map((rootKey) => (
          <Row
            key={`${rootKey.provider} ${rootKey.rootKeyId}`}
            rootKey={rootKey}
            reasonToKeep={reasonToKeep(rootKey, status.rotations)}
            onRetire={() => setRetiring(rootKey)}
          />
        ))}
      </ul>
      {retiring && <RetireDialog rootKey={retiring} onClose={() => setRetiring(null)} />}
    </Panel>
  )
}

/** Why a root key cannot be retired now; null when it can. */
function reasonToKeep({ isInUse }: RootKey, rotations: KeyStatus['rotations']): string | null {
  if (rotations.some((rotation) => rotation.kind === 'root' && isUnderWay(rotation)))
    return 'Wait until the rotation has ended, or abandon it.'
  return isInUse ? 'It still wraps keys: rotate the root key first.' : null
}

interface RowProps {
  rootKey: RootKey
  reasonToKeep: string | null
  onRetire: () => void
}

function Row({ rootKey, reasonToKeep, onRetire }: RowProps) {
  const formats = useFormats()
  const { provider, rootKeyId, isCurrent, isRetired, isInUse, isInFile } = rootKey
  // The server was stopped before it had removed the key, or could not write the file.
  const isLeft = isRetired && isInFile
  const action = isLeft ? 'Remove' : 'Retire'
  const counted = (count: number, what: string) => `${formats.count(count)} ${what}${count === 1 ? '' : 's'}`
  const wraps = [
    counted(rootKey.dataKeys, 'data key'),
    counted(rootKey.signingKeys, 'signing key'),
    counted(rootKey.secrets, 'other secret'),
  ]
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-2 px-4 py-3 text-sm sm:px-5">
      <div className="grid min-w-0 flex-1 gap-0.5">
        <p className="flex flex-wrap items-center gap-2">
          <span className="break-all font-medium font-mono">{rootKeyId}</span>
          {isCurrent && <Badge tone="good">current</Badge>}
          {isRetired && <Badge tone="neutral">retired</Badge>}
        </p>
        <p className="text-ink-soft">
          {provider} · {isInUse ? `wraps ${wraps.join(', ')}` : 'not in use'}
          {isLeft && ', still in the root key file'}
        </p>
      </div>
      {!isCurrent && (!isRetired || isLeft) && (
        <Button
          size="small"
          aria-label={`${action} ${rootKeyId}`}
          disabled={reasonToKeep !== null}
          title={reasonToKeep ?? undefined}
          onClick={onRetire}
        >
          {action}
        </Button>
      )}
    </li>
  )
}
