import { startEmbeddedPostgres } from './start.ts'

/**
 * For the tests of what happens when the process that serves a folder is killed: serves the folder named by
 * its argument until its parent says 'stop', or something kills it.
 */
const home = process.argv[2] ?? ''
try {
  const server = await startEmbeddedPostgres({ home, durable: false })
  process.on('message', () => void server.stop().then(() => process.exit(0)))
  process.send?.({ url: server.url })
} catch (error) {
  process.send?.({ error: String(error) })
}
