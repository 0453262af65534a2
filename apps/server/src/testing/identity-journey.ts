import type { TestClient } from './test-client.ts'

/** What a provider's redirect brings back in the address. */
export interface CallbackInput {
  providerId: string
  state?: string
  code?: string
  iss?: string
  error?: string
}

/** Goes to a provider, as a browser does that is sent there, and says what it comes back with. */
async function visitProvider(url: string): Promise<CallbackInput> {
  const response = await fetch(url, { redirect: 'manual' })
  const location = response.headers.get('location')
  if (location === null) throw new Error(`The provider answered ${response.status} and sent nobody back.`)
  const { pathname, searchParams } = new URL(location)
  const [, providerId = ''] = /^\/sign-in-with\/([^/]+)\/callback$/.exec(pathname) ?? []
  const { error_description: _, ...parameters } = Object.fromEntries(searchParams)
  return { providerId, ...parameters }
}

/** Begins a journey and goes there: what is left is to finish it. */
export async function leaveFor(
  client: TestClient,
  o: { procedure?: string; input?: object } = {},
): Promise<CallbackInput> {
  const { procedure = 'auth.startIdentity', input = { providerId: 'oidc-1' } } = o
  const { url } = await client.mutateData<{ url: string }>(procedure, input)
  return visitProvider(url)
}
