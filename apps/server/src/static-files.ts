import { existsSync } from 'node:fs'
import { join } from 'node:path'
import fastifyStatic from '@fastify/static'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { sendRefusal } from './http-errors.ts'

const A_YEAR = 'public, max-age=31536000, immutable'
const ASK_EACH_TIME = 'no-cache'
/** Paths under which a missing file is a mistake and never a page of the web app. */
const NO_PAGES = /^\/(assets|api|trpc|healthz|readyz)(\/|$)/

/**
 * Serves the built web app: files whose name holds their hash for good, the page itself asked for each time,
 * and the page for every address that a person may open in the app.
 */
export async function serveWebApp(app: FastifyInstance, { folder }: { folder: string }): Promise<void> {
  const built = existsSync(join(folder, 'index.html'))
  if (built) {
    await app.register(fastifyStatic, {
      root: folder,
      preCompressed: true,
      cacheControl: false,
      index: false,
      setHeaders(reply, path) {
        const hashed = path.startsWith(join(folder, 'assets'))
        reply.header('cache-control', hashed ? A_YEAR : ASK_EACH_TIME)
      },
    })
    app.get('/', (_request, reply) => reply.sendFile('index.html'))
  }
  app.setNotFoundHandler((request, reply) => {
    if (!isNavigation(request)) return refuse(request, reply)
    if (built) return reply.sendFile('index.html')
    return reply
      .code(503)
      .type('text/plain; charset=utf-8')
      .send('The web app is not built yet. Run "npm run build", then start again.\n')
  })
}

function refuse(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  if (request.url.startsWith('/trpc') && !['GET', 'POST'].includes(request.method)) {
    return sendRefusal(reply, {
      status: 405,
      reason: 'METHOD_NOT_SUPPORTED',
      message: 'Procedures are called by GET (queries) or POST (mutations).',
    })
  }
  return sendRefusal(reply, {
    status: 404,
    reason: 'NOT_FOUND',
    message: 'There is nothing at this address.',
  })
}

/** Somebody who opens an address, and not a script or an image that asks for a file: those have an extension. */
function isNavigation(request: FastifyRequest): boolean {
  if (request.method !== 'GET' && request.method !== 'HEAD') return false
  const [path = '/'] = request.url.split('?', 1)
  if (NO_PAGES.test(path) || /\.[^/]*$/.test(path)) return false
  return /text\/html|\*\/\*/.test(request.headers.accept ?? '*/*')
}
