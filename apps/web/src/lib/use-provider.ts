import { useMutation } from '@tanstack/react-query'
import { useEffect } from 'react'
import { problemOf } from './problem.ts'

/**
 * Sends the browser to a provider of accounts elsewhere. It stays busy until the page is left, and is ready again when
 * somebody comes back to the page by the browser's Back.
 * @param start begins the journey on the server
 */
export function useProvider<Input>(start: (input: Input) => Promise<{ url: string }>) {
  const leave = useMutation({
    mutationFn: start,
    onSuccess: ({ url }) => window.location.assign(url),
  })
  const { reset } = leave
  useEffect(() => {
    const onShow = (event: PageTransitionEvent) => event.persisted && reset()
    window.addEventListener('pageshow', onShow)
    return () => window.removeEventListener('pageshow', onShow)
  }, [reset])
  return {
    leave: leave.mutate,
    busy: leave.isPending || leave.isSuccess,
    /** What it was last begun with. */
    input: leave.variables,
    problem: leave.error ? problemOf(leave.error) : null,
  }
}
