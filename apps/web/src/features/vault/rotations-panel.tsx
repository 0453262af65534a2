import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { Badge } from '../../components/ui/badge.tsx'
import { Button } from '../../components/ui/button.tsx'
import { Panel } from '../../components/ui/panel.tsx'
import { When } from '../../components/when.tsx'
import { useFormats } from '../../lib/preferences.tsx'
import { trpc } from '../../lib/trpc.ts'
import type { Rotation } from '../../lib/types.ts'
import { AbandonDialog } from './abandon-dialog.tsx'
import { canBeAbandoned, describeRotation, isUnderWay, percentOf } from './describe-rotation.ts'
import { RotateDialog } from './rotate-dialog.tsx'

const POLL_MS = 1_000

/** Starts rotations and shows how far they are. */
export function RotationsPanel({ rotations }: { rotations: readonly Rotation[] }) {
  const [dialog, setDialog] = useState<Rotation['kind'] | null>(null)
  const [abandoning, setAbandoning] = useState<Rotation | null>(null)
  const newestRoot = rotations.find(({ kind }) => kind === 'root')
  return (
    <Panel
      title="Rotation"
      flush
      aside={
        <div className="flex flex-wrap gap-2">
          <Button size="small" onClick={() => setDialog('root')}>
            Rotate the root key
          </Button>
          <Button size="small" onClick={() => setDialog('data')}>
            Rotate data keys
          </Button>
        </div>
      }
    >
      {rotations.length === 0 ? (
        <p className="px-4 pb-4 text-ink-soft text-sm sm:px-5">
          No key was rotated yet. Rotate when somebody who could read a root key leaves, when one may have
          been seen, or once a year.
        </p>
      ) : (
        <ul className="divide-y divide-line border-line border-t">
          {rotations.map((rotation) =>
            isUnderWay(rotation) ? (
              <LiveRow key={rotation.rotationId} rotation={rotation} onAbandon={setAbandoning} />
            ) : (
              <Row
                key={rotation.rotationId}
                rotation={rotation}
                onAbandon={rotation === newestRoot ? setAbandoning : undefined}
              />
            ),
          )}
        </ul>
      )}
      {dialog && <RotateDialog kind={dialog} onClose={() => setDialog(null)} />}
      {abandoning && <AbandonDialog rotation={abandoning} onClose={() => setAbandoning(null)} />}
    </Panel>
  )
}

interface RowProps {
  rotation: Rotation
  /** Left out where abandoning it would change nothing. */
  onAbandon: ((rotation: Rotation) => void) | undefined
}

/** A rotation under way: asked about each second, for as long as it is. Its end changes what the root keys wrap. */
function LiveRow({ rotation, onAbandon }: RowProps) {
  const { rotationId } = rotation
  const queryClient = useQueryClient()
  const { data = rotation } = useQuery(
    trpc.admin.keys.rotation.queryOptions(
      { rotationId },
      { refetchInterval: ({ state }) => (state.data && !isUnderWay(state.data) ? false : POLL_MS) },
    ),
  )
  const hasEnded = !isUnderWay(data)
  useEffect(() => {
    if (hasEnded) queryClient.invalidateQueries(trpc.admin.keys.status.queryFilter())
  }, [hasEnded, queryClient])
  return <Row rotation={data} onAbandon={onAbandon} />
}

const BADGES = {
  running: { tone: 'good', word: 'under way' },
  waiting: { tone: 'warning', word: 'waiting' },
  done: { tone: 'good', word: 'done' },
  failed: { tone: 'problem', word: 'failed' },
  abandoned: { tone: 'neutral', word: 'abandoned' },
} as const

function Row({ rotation, onAbandon }: RowProps) {
  const formats = useFormats()
  const { title, step } = describeRotation(rotation)
  const { tone, word } = BADGES[rotation.status]
  const percent = percentOf(rotation)
  return (
    <li className="grid gap-2 px-4 py-3 text-sm sm:px-5">
      <div className="flex flex-wrap items-baseline justify-between gap-x-4 gap-y-1">
        <span className="min-w-0 break-words font-medium">{title}</span>
        <span className="flex items-center gap-3 text-ink-faint">
          {rotation.finishedAt ? <When at={rotation.finishedAt} /> : <When at={rotation.startedAt} />}
          <Badge tone={tone}>{word}</Badge>
        </span>
      </div>
      {isUnderWay(rotation) && (
        <progress
          aria-label={title}
          max={100}
          value={percent}
          className="h-2 w-full appearance-none overflow-hidden rounded-full bg-sunken [&::-moz-progress-bar]:bg-brand [&::-webkit-progress-bar]:bg-sunken [&::-webkit-progress-value]:bg-brand"
        />
      )}
      <p className="text-ink-soft">
        {step} {formats.count(rotation.done)} of {formats.count(rotation.total)}{' '}
        {rotation.kind === 'root' ? 'keys wrapped anew' : 'secrets sealed anew'}.
      </p>
      {rotation.error && <p className="break-words text-danger">{rotation.error.message}</p>}
      {onAbandon && canBeAbandoned(rotation) && (
        <Button
          size="small"
          className="justify-self-start"
          aria-label={`Abandon: ${title}`}
          onClick={() => onAbandon(rotation)}
        >
          Abandon
        </Button>
      )}
    </li>
  )
}
