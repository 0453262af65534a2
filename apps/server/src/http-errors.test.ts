import { expect, it } from 'vitest'
import { refusalOf } from './http-errors.ts'

/** As Fastify hands an error over. */
function failure(o: { code: string; message: string; statusCode?: number; syscall?: string }) {
  return Object.assign(new Error(o.message), { name: 'Error', ...o })
}

it('a request whose client went away is no fault of the database', () => {
  const aborted = { code: 'ECONNRESET', message: 'aborted', statusCode: 400 }
  expect(refusalOf(failure(aborted))).toMatchObject({ status: 400, reason: 'BAD_REQUEST' })
})

it('a database that is away is told with the time to try again', () => {
  const lost = { code: 'ECONNRESET', message: 'read ECONNRESET', syscall: 'read' }
  expect(refusalOf(failure(lost))).toMatchObject({
    status: 503,
    reason: 'DATABASE_UNAVAILABLE',
    retryAt: expect.any(Date),
  })
})

it('anything else is a fault of ours', () => {
  expect(refusalOf(failure({ code: 'UNKNOWN', message: 'something' }))).toBeNull()
})
