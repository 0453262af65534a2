import { SearchField } from '../../components/ui/search-field.tsx'
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
      <SearchField
        label="Search exchanges"
        placeholder="Search by name"
        query={query}
        onQuery={onQuery}
        className="w-full max-w-md"
      />
      <p role="status" className="text-ink-faint text-sm">
        {formats.count(found)} of {formats.count(all)} exchanges
      </p>
    </search>
  )
}
