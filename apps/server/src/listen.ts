import { connect } from 'node:net'
import type { FastifyInstance } from 'fastify'
import type { Env } from './env.ts'
import { StartError } from './start-error.ts'

const PORTS_TRIED = 20
const LOOPBACK = new Set(['127.0.0.1', 'localhost', '::1', '0.0.0.0', '::'])

/**
 * Listens on the port that was given, or from the default one on the first that is free.
 * @returns the address for the person
 * @throws StartError when the given port is taken
 */
export async function listen({ app, env }: { app: FastifyInstance; env: Env }): Promise<string> {
  const ports = env.portGiven
    ? [env.port]
    : Array.from({ length: PORTS_TRIED }, (_, index) => env.port + index)
  for (const port of ports) {
    if (await tryListen({ app, host: env.host, port })) return addressOf({ app, env })
  }
  const [first = env.port] = ports
  throw new StartError(
    env.portGiven
      ? `Port ${first} is taken by another program. Stop that one, or choose another with PORT=${first + 1}.`
      : `The ports from ${first} on are all taken. Choose a free one with PORT.`,
  )
}

async function tryListen(o: { app: FastifyInstance; host: string; port: number }): Promise<boolean> {
  // A program on ::1 alone leaves 127.0.0.1 free, and "localhost" would still lead to it.
  if (o.port !== 0 && LOOPBACK.has(o.host) && (await answers({ host: '::1', port: o.port }))) return false
  try {
    await o.app.listen({ host: o.host, port: o.port })
    return true
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : null
    if (code === 'EADDRINUSE') return false
    if (code === 'EACCES')
      throw new StartError(`This user may not listen on port ${o.port}. Choose one above 1023.`)
    if (code === 'EADDRNOTAVAIL') throw new StartError(`HOST=${o.host} is no address of this machine.`)
    throw error
  }
}

function answers(o: { host: string; port: number }): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(o)
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}

function addressOf({ app, env }: { app: FastifyInstance; env: Env }): string {
  if (env.publicUrl) return env.publicUrl
  const address = app.server.address()
  const port = typeof address === 'object' && address ? address.port : env.port
  const name = LOOPBACK.has(env.host) ? 'localhost' : env.host.includes(':') ? `[${env.host}]` : env.host
  return `http://${name}:${port}`
}
