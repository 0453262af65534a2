/** What a provider of accounts elsewhere has sent this browser back with. */
export interface Arrival {
  state: string
  code?: string | undefined
  iss?: string | undefined
  error?: string | undefined
}

const CALLBACK = /^\/sign-in-with\/[^/]+\/callback$/

/** Reads it from an address. Null: this is no such address, or not a whole one. */
export function readArrival({ pathname, search }: { pathname: string; search: string }): Arrival | null {
  if (!CALLBACK.test(pathname)) return null
  const parameters = new URLSearchParams(search)
  const read = (name: string) => parameters.get(name) || undefined
  const [state, code, error] = [read('state'), read('code'), read('error')]
  if (!state || (code === undefined) === (error === undefined)) return null
  return { state, code, error, iss: read('iss') }
}

/** Takes it out of the address bar, and so out of the history, before anything else reads the address. */
function takeArrival(): Arrival | null {
  if (typeof window === 'undefined' || !CALLBACK.test(window.location.pathname)) return null
  const arrival = readArrival(window.location)
  window.history.replaceState(window.history.state, '', window.location.pathname)
  return arrival
}

/** What this page was opened with. `main.tsx` imports this first: the router would write the address anew. */
export const arrival: Arrival | null = takeArrival()
