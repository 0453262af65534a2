import { useFormats } from '../lib/preferences.tsx'
import { useNow } from '../lib/use-now.ts'

/** How long ago (or ahead) a time is; on hover the moment itself. */
export function When({ at, className }: { at: string; className?: string }) {
  const formats = useFormats()
  const now = useNow()
  return (
    <time dateTime={at} title={formats.moment(at)} className={className}>
      {formats.relative(at, now)}
    </time>
  )
}
