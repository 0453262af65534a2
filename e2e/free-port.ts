import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'

/** A port of this machine on which nobody listens now. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  // Of a server that listens on TCP, the address is no path.
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
