import { expect, test } from 'vitest'
import { linkToken } from './link-token.ts'

test('a token is read from the fragment, else from the query, else there is none', () => {
  expect(linkToken({ hash: '#token=abc.d-e_f', search: '' }, 'token')).toBe('abc.d-e_f')
  expect(linkToken({ hash: '', search: '?token=abc' }, 'token')).toBe('abc')
  expect(linkToken({ hash: '#token=first', search: '?token=second' }, 'token')).toBe('first')
  expect(linkToken({ hash: '#token=abc', search: '' }, 'invitation')).toBe('')
})
