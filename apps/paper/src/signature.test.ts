import fc from 'fast-check'
import { expect, it } from 'vitest'
import { isSignatureOf, sign, signedPayload } from './signature.ts'

it('gives the signatures of the examples in the documentation of Binance', () => {
  const secret = 'NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP1e3UZjInClVN65XAbvqqM6A7H5fATj0j'
  const order = (symbol: string) =>
    `symbol=${symbol}&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=0.1&recvWindow=5000&timestamp=1499827319559`
  expect(sign(order('LTCBTC'), secret)).toBe(
    'c8db56825ae71d6d79447849e617115f4a920fa2acdcab2b053c4b2838bd6b71',
  )
  expect(sign(order('%EF%BC%91%EF%BC%92%EF%BC%93%EF%BC%94%EF%BC%95%EF%BC%96'), secret)).toBe(
    'e1353ec6b14d888f1164ae9af8228a3dbd508bc82eb867db8ab6046442f33ef3',
  )
})

const text = fc.stringMatching(/^[a-zA-Z0-9=&%.-]{0,40}$/)

it('holds for the exact payload and secret, in either case of its letters', () => {
  fc.assert(
    fc.property(text, fc.string({ minLength: 1 }), (payload, secret) => {
      const signature = sign(payload, secret)
      expect(isSignatureOf({ payload, secret, signature })).toBe(true)
      expect(isSignatureOf({ payload, secret, signature: signature.toUpperCase() })).toBe(true)
    }),
  )
})

it('holds for no other payload, secret or signature', () => {
  fc.assert(
    fc.property(text, text, fc.string({ minLength: 1 }), fc.nat(63), (payload, other, secret, place) => {
      const signature = sign(payload, secret)
      fc.pre(payload !== other)
      expect(isSignatureOf({ payload: other, secret, signature })).toBe(false)
      expect(isSignatureOf({ payload, secret: `${secret}x`, signature })).toBe(false)
      const changed = signature[place] === '0' ? '1' : '0'
      const forged = signature.slice(0, place) + changed + signature.slice(place + 1)
      expect(isSignatureOf({ payload, secret, signature: forged })).toBe(false)
      expect(isSignatureOf({ payload, secret, signature: signature.slice(1) })).toBe(false)
    }),
  )
})

it('covers query and body as they were sent, without itself, wherever it stands', () => {
  expect(signedPayload('a=1&signature=ff&b=2', 'c=3')).toBe('a=1&b=2c=3')
  expect(signedPayload('a=1', 'b=%20+&signature=ff')).toBe('a=1b=%20+')
  expect(signedPayload('signature=ff', '')).toBe('')
})
