import autocannon from 'autocannon'

const CONNECTIONS = 10
const SECONDS = 3

/** How many answers a server gives when ten ask it all the time. */
export async function requestsPerSecond(url: string, headers: Record<string, string>): Promise<number> {
  const result = await autocannon({ url, headers, connections: CONNECTIONS, duration: SECONDS })
  if (result.non2xx > 0 || result.errors > 0) {
    throw new Error(`${url} answered ${result.non2xx} times with an error and failed ${result.errors} times.`)
  }
  return result.requests.average
}
