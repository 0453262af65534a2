import { Search } from 'lucide-react'
import { useEffect, useRef, useState } from 'react'
import { classNames } from '../../lib/class-names.ts'
import { INPUT_LOOK } from './field.tsx'

interface SearchFieldProps {
  label: string
  placeholder: string
  /** What is searched for now. It may come a little after the typing, as what stands in the address does. */
  query: string
  onQuery: (query: string) => void
  /** Looks of the frame, such as its width. */
  className?: string
}

/** What narrows a list. It holds what is typed by itself: a text that comes late would move the cursor to its end. */
export function SearchField({ label, placeholder, query, onQuery, className }: SearchFieldProps) {
  const [text, setText] = useState(query)
  const field = useRef<HTMLInputElement>(null)
  useEffect(() => {
    // Changed elsewhere, as by a button that shows everything.
    if (document.activeElement !== field.current) setText(query)
  }, [query])
  return (
    <span className={classNames('relative', className)}>
      <Search
        aria-hidden
        className="-translate-y-1/2 pointer-events-none absolute top-1/2 left-3 size-4 text-ink-faint"
      />
      <input
        ref={field}
        type="search"
        aria-label={label}
        placeholder={placeholder}
        autoComplete="off"
        spellCheck={false}
        value={text}
        onChange={(event) => {
          setText(event.target.value)
          onQuery(event.target.value)
        }}
        className={classNames(INPUT_LOOK, 'h-10 pl-9')}
      />
    </span>
  )
}
