// The floor of reads: bare node:http, one prepared statement, JSON that PostgreSQL builds. No session, no framework.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { listWalletsJson, openDatabase } from '@opentrade/db'

const { BENCH_DATABASE_URL: url = '', BENCH_USER_ID: userId = '' } = process.env
const database = openDatabase({ url })

const server = createServer((_request, response) => {
  listWalletsJson(database.pool, { userId }).then(
    (json) => {
      response.setHeader('content-type', 'application/json')
      response.end(json)
    },
    () => {
      response.statusCode = 500
      response.end()
    },
  )
})

server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo
  console.log(`http://127.0.0.1:${port}`)
})
process.on('SIGTERM', () => {
  server.close()
  server.closeAllConnections()
  database.close()
})
