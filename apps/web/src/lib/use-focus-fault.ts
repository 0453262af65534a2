import { type RefObject, useEffect, useRef } from 'react'
import type { Problem } from './problem.ts'

/**
 * Puts the focus on the first field at fault each time a form comes back with a problem.
 * @returns the ref that belongs on the form
 */
export function useFocusFault(problem: Problem | null): RefObject<HTMLFormElement | null> {
  const form = useRef<HTMLFormElement>(null)
  const faults = problem && JSON.stringify(problem.fields)
  useEffect(() => {
    if (faults) form.current?.querySelector<HTMLElement>('[aria-invalid]')?.focus()
  }, [faults])
  return form
}
