import { createHmac, createPublicKey, generateKeyPairSync, sign } from 'node:crypto'
import fc from 'fast-check'
import { CompactSign, exportJWK, type JWK } from 'jose'
import { describe, expect, it } from 'vitest'
import { MalformedJwsError, verifyJws } from './jws.ts'

const pair = generateKeyPairSync('ed25519')
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
const payload = new TextEncoder().encode('{"a":"ü"}')

function tokenOf(): Promise<string> {
  return new CompactSign(payload).setProtectedHeader({ alg: 'EdDSA' }).sign(pair.privateKey)
}

function accepts(o: { token: string; algorithms?: string[]; key?: JWK }): Promise<boolean> {
  const { token, algorithms = ['EdDSA'] } = o
  return verifyJws({ token, algorithms, key: () => o.key ?? pair.publicKey }).then(
    () => true,
    () => false,
  )
}

describe('the verification of a signature', () => {
  it('gives header and payload of what the key signed', async () => {
    const { header, payload: read } = await verifyJws({
      token: await tokenOf(),
      algorithms: ['EdDSA'],
      key: () => pair.publicKey,
    })
    expect(header).toEqual({ alg: 'EdDSA' })
    expect(read).toEqual(payload)
  })

  it('refuses every change of one character', async () => {
    const token = await tokenOf()
    const other = fc.constantFrom(...'AZaz09-_.+/= \n?é\u0000')
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: token.length - 1 }), other, async (at, character) => {
        fc.pre(token[at] !== character)
        expect(await accepts({ token: token.slice(0, at) + character + token.slice(at + 1) })).toBe(false)
      }),
      { numRuns: 500 },
    )
  })

  it('refuses what a forgiving decoder reads as the same bytes', async () => {
    const token = await tokenOf()
    const [header = '', body = '', signature = ''] = token.split('.')
    // 64 bytes leave four bits of the last character unused.
    const last = signature
      .slice(-1)
      .replace(/./, (digit) => ({ A: 'B', Q: 'R', g: 'h', w: 'x' })[digit] ?? 'B')
    const loose = [
      `${header}.${body}.${signature.slice(0, -1)}${last}`,
      `${token}=`,
      `${token}==`,
      `${header}=.${body}.${signature}`,
      `${header}.${body} .${signature}`,
      `${header}.${body}.${signature.slice(0, 40)}\n${signature.slice(40)}`,
      `${header}.${body}.${signature}.`,
      `${token}.${signature}`,
      `${header}.${body}.`,
      `.${body}.${signature}`,
      JSON.stringify({ protected: header, payload: body, signature }),
    ]
    for (const each of loose) {
      const verified = verifyJws({ token: each, algorithms: ['EdDSA'], key: () => pair.publicKey })
      await expect(verified).rejects.toBeInstanceOf(MalformedJwsError)
    }
  })

  it('takes no algorithm but those it was told, whatever the token says', async () => {
    const publicJwk = await exportJWK(pair.publicKey)
    const secret = Buffer.from(publicJwk.x ?? '', 'base64url')
    const head = (alg: string) => Buffer.from(JSON.stringify({ alg })).toString('base64url')
    const body = Buffer.from(payload).toString('base64url')
    const mac = createHmac('sha256', secret)
      .update(`${head('HS256')}.${body}`)
      .digest('base64url')
    expect(await accepts({ token: `${head('HS256')}.${body}.${mac}` })).toBe(false)
    expect(await accepts({ token: `${head('none')}.${body}.` })).toBe(false)
    expect(await accepts({ token: `${head('none')}.${body}.${mac}`, algorithms: ['none', 'EdDSA'] })).toBe(
      false,
    )
  })

  it('uses a key for nothing but what the key says it is for', async () => {
    const input = `${Buffer.from('{"alg":"RS256"}').toString('base64url')}.${Buffer.from(payload).toString('base64url')}`
    const token = `${input}.${sign('sha256', Buffer.from(input), rsa.privateKey).toString('base64url')}`
    const jwk = await exportJWK(createPublicKey(rsa.privateKey))
    const algorithms = ['RS256', 'RS512', 'PS256']
    expect(
      await accepts({ token, algorithms, key: { ...jwk, alg: 'RS256', use: 'sig', key_ops: ['verify'] } }),
    ).toBe(true)
    for (const said of [{ alg: 'PS256' }, { alg: 'RS512' }, { use: 'enc' }, { key_ops: ['encrypt'] }]) {
      expect(await accepts({ token, algorithms, key: { ...jwk, ...said } })).toBe(false)
    }
  })
})
