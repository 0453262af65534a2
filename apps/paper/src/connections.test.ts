import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { expect, onTestFinished, test } from 'vitest'
import { createTestVenue } from './testing/test-venue.ts'

const START = 'POST /api/v3/order HTTP/1.1\r\nHost: localhost\r\n'

test('a request that never arrives in full is told so, and its connection closed', async () => {
  const venue = await createTestVenue({ receiveWithinMs: 900 })
  onTestFinished(() => venue.close())
  const { hostname, port } = new URL(venue.url)
  const unfinished = [
    START,
    `${START}X-Long: `,
    `${START}Content-Length: 1000\r\n\r\n`,
    `${START}Content-Length: 1000\r\n\r\na`,
    `${START}Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n`,
  ]
  const answers = unfinished.map((start) => {
    const socket = connect({ host: hostname, port: Number(port) })
    socket.write(start)
    return text(socket)
  })
  for (const answer of answers) expect(await answer).toMatch(/^HTTP\/1\.1 408 Request Timeout\r\n/)
})
