import { expect, test } from 'vitest'
import { readArrival } from './arrival.ts'

const pathname = '/sign-in-with/oidc-1/callback'

test('what a provider sends is read as text, whatever it looks like', () => {
  expect(
    readArrival({ pathname, search: '?code=0012&state=1e5&iss=https%3A%2F%2Fa.example&scope=x' }),
  ).toEqual({
    ...{ code: '0012', state: '1e5', iss: 'https://a.example' },
  })
  expect(readArrival({ pathname, search: '?error=access_denied&error_description=x&state=s' })).toEqual({
    ...{ error: 'access_denied', state: 's' },
  })
})

test.each(['', '?code=1', '?state=s', '?code=1&error=x&state=s', '?code=&state=s'])(
  '%s is nothing',
  (search) => {
    expect(readArrival({ pathname, search })).toBeNull()
  },
)

test.each(['/sign-in-with/oidc-1', '/', '/x/sign-in-with/oidc-1/callback'])('%s is another page', (path) => {
  expect(readArrival({ pathname: path, search: '?code=1&state=s' })).toBeNull()
})
