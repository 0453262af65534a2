import { Search } from 'lucide-react'
import { INPUT_LOOK } from '../../components/ui/field.tsx'
import { classNames } from '../../lib/class-names.ts'
import { useFormats } from '../../lib/preferences.tsx'

interface ExchangeSearchProps {
  query: string
  onQuery: (query: string) => void
  found: number
  all: number
}

/** The field that narrows a list of exchanges, with how many are left. */
export function ExchangeSearch({ query, onQuery, found, all }: ExchangeSearchProps) {
  const formats = useFormats()
  return (
    <search className="flex flex-wrap items-center gap-x-4 gap-y-2">
      <span className="relative w-full max-w-md">
        <Search
          aria-hidden
          className="-translate-y-1/2 pointer-events-none absolute top-1/2 left-3 size-4 text-ink-faint"
        />
        <input
          type="search"
          aria-label="Search exchanges"
          placeholder="Search by name"
          value={query}
          onChange={(event) => onQuery(event.target.value)}
          className={classNames(INPUT_LOOK, 'h-11 pl-9')}
        />
      </span>
      <p role="status" className="text-ink-faint text-sm">
        {formats.count(found)} of {formats.count(all)} exchanges
      </p>
    </search>
  )
}
