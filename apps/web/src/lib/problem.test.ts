import { TRPCClientError } from '@trpc/client'
import { describe, expect, it } from 'vitest'
import { fieldProblem, formProblem, problemOf } from './problem.ts'

function answer(fields: Record<string, string>) {
  const data = { code: 'BAD_REQUEST', httpStatus: 400, reason: 'INVALID_INPUT', fields }
  return TRPCClientError.from({ error: { code: -32600, message: 'The input is not valid.', data } })
}

describe('a problem', () => {
  it('is named beside its field, whatever object the field is in', () => {
    const problem = problemOf(answer({ 'credentials.secret': 'Enter the secret.' }))
    expect(fieldProblem(problem, 'secret')).toBe('Enter the secret.')
    expect(fieldProblem(problem, 'apiKey')).toBeNull()
  })

  it('is not told twice when the form shows its field', () => {
    const problem = problemOf(answer({ email: 'Enter an e-mail address.' }))
    expect(formProblem(problem, ['email'])).toBe('One field needs another look.')
  })

  it('is told in full when the form has no such field', () => {
    const problem = problemOf(answer({ email: 'Enter an e-mail address.', other: 'Odd.' }))
    expect(formProblem(problem, ['email'])).toBe('The input is not valid.')
  })

  it('of the network says to check the server', () => {
    expect(problemOf(TRPCClientError.from(new TypeError('Failed to fetch'))).message).toContain(
      'did not answer',
    )
  })

  it('of our own making shows nothing of its inside', () => {
    expect(problemOf(new Error('x is undefined at line 3')).message).not.toContain('undefined')
  })
})
