import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type ManualClock, manualClock } from './testing/manual-clock.ts'
import { refusal } from './testing/refusal.ts'
import { startVaultServer, type VaultNamespace, type VaultServer } from './testing/vault-server.ts'
import type { VaultAuth } from './vault-session.ts'
import { vaultTransitRootKeys } from './vault-transit.ts'

let server: VaultServer
let root: VaultNamespace
let clock: ManualClock
let provider: ReturnType<typeof vaultTransitRootKeys> | undefined
beforeEach(async () => {
  server = await startVaultServer()
  clock = manualClock((now) => {
    server.now = now
  })
  root = server.namespace('')
  root.createKey('opentrade')
  root.putPolicy('opentrade', { 'transit/keys/opentrade': ['read'] })
})
afterEach(async () => {
  provider?.close()
  await server.close()
})

function open(auth: VaultAuth) {
  provider = vaultTransitRootKeys({ address: server.url, keyName: 'opentrade', auth, clock })
  return provider
}

function count(path: string): number {
  return server.requests.filter((request) => request.path === `/v1/${path}`).length
}

/** Waits for what runs in the background, by looking at what has arrived. */
async function untilCount(path: string, expected: number): Promise<void> {
  await expect.poll(() => count(path), { interval: 2 }).toBe(expected)
}

const RENEW = 'auth/token/renew-self'
const LOGIN = 'auth/approle/login'
const policies = ['opentrade']

describe('a given token', () => {
  test('is renewed at half of its time, for as long as it may live', async () => {
    const keys = open({ method: 'token', token: root.createToken({ policies, ttl: 60, maxTtl: 100_000 }) })
    await keys.currentKeyId()
    for (let round = 1; round <= 10; round += 1) {
      clock.advance(31_000)
      await untilCount(RENEW, round)
      await expect.poll(() => clock.waiting(), { interval: 2 }).toBe(1)
    }
    expect(await keys.currentKeyId()).toBe('opentrade:v1')
    expect(count('auth/token/lookup-self')).toBe(1)
  })

  test('that does not end is never renewed', async () => {
    const keys = open({ method: 'token', token: root.createToken({ policies }) })
    await keys.currentKeyId()
    clock.advance(10 ** 12)
    expect(await keys.currentKeyId()).toBe('opentrade:v1')
    expect(count(RENEW)).toBe(0)
  })

  test('that ended, was revoked or never was is a denial with the remedy, without the token', async () => {
    const ended = root.createToken({ policies, ttl: 60, renewable: false })
    const revoked = root.createToken({ policies })
    const keys = open({ method: 'token', token: ended })
    await keys.currentKeyId()
    clock.advance(60_000)
    root.revoke(revoked)
    for (const token of [ended, revoked, 'hvs.unknown']) {
      const asking = open({ method: 'token', token }).currentKeyId()
      await expect(asking).rejects.toThrow(refusal('PROVIDER_DENIED'))
      await expect(asking).rejects.toThrow(/renew the credentials/)
      await expect(asking).rejects.not.toThrow(token)
    }
    await expect(keys.currentKeyId()).rejects.toThrow(refusal('PROVIDER_DENIED'))
  })

  test('in a file that something else renews is read anew when the one before has ended', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'opentrade-token-'))
    const tokenFile = join(folder, 'token')
    const token = root.createToken({ policies, ttl: 60, renewable: false })
    const keys = open({ method: 'token', token, tokenFile })
    await writeFile(tokenFile, `${token}\n`)
    await keys.currentKeyId()
    await writeFile(tokenFile, root.createToken({ policies }))
    root.revoke(token)
    expect(await keys.currentKeyId()).toBe('opentrade:v1')
    const other = open({ method: 'token', token, tokenFile })
    await writeFile(tokenFile, 'canary\nX-Other: header')
    await expect(other.currentKeyId()).rejects.toThrow(refusal('PROVIDER_CONFIG'))
    await expect(other.currentKeyId()).rejects.toThrow(tokenFile)
    await expect(other.currentKeyId()).rejects.not.toThrow('canary')
    keys.close()
    await rm(folder, { recursive: true })
  })

  test('whose policy does not let it look itself up works all the same', async () => {
    root.putPolicy('default', {})
    const keys = open({ method: 'token', token: root.createToken({ policies, ttl: 60 }) })
    expect(await keys.currentKeyId()).toBe('opentrade:v1')
    expect(await keys.describe?.()).toContain('The rights of the token could not be read.')
  })
})

describe('a sign-in by AppRole', () => {
  test('happens once for many calls at once, and is renewed', async () => {
    const keys = open({ method: 'approle', ...root.createAppRole({ policies, ttl: 60 }) })
    await Promise.all(Array.from({ length: 10 }, () => keys.currentKeyId()))
    expect(count(LOGIN)).toBe(1)
    clock.advance(31_000)
    await untilCount(RENEW, 1)
  })

  test('is repeated when the token ended although it was renewed', async () => {
    const keys = open({ method: 'approle', ...root.createAppRole({ policies, ttl: 60 }) })
    await keys.currentKeyId()
    server.fault = ({ path }) => (path.includes('renew') ? { status: 500, body: {} } : null)
    clock.advance(31_000)
    await untilCount(RENEW, 1)
    clock.advance(31_000)
    expect(await keys.currentKeyId()).toBe('opentrade:v1')
    expect(count(LOGIN)).toBe(2)
  })

  test('is repeated once when the token was revoked, however many calls meet that', async () => {
    const keys = open({ method: 'approle', ...root.createAppRole({ policies, ttl: 3600 }) })
    await keys.currentKeyId()
    root.revokeAll()
    await Promise.all(Array.from({ length: 10 }, () => keys.currentKeyId()))
    expect(count(LOGIN)).toBe(2)
  })

  test('is not repeated at each call when it is the policy that denies', async () => {
    root.putPolicy('opentrade', {})
    const keys = open({ method: 'approle', ...root.createAppRole({ policies, ttl: 3600 }) })
    for (let call = 0; call < 5; call += 1) {
      await expect(keys.currentKeyId()).rejects.toThrow(refusal('PROVIDER_DENIED'))
    }
    expect(count(LOGIN)).toBe(2)
    clock.advance(30_000)
    root.putPolicy('opentrade', { 'transit/keys/opentrade': ['read'] })
    expect(await keys.currentKeyId()).toBe('opentrade:v1')
  })

  test('that is refused says so, without the secret id, and is tried again at the next call', async () => {
    const { roleId, secretId } = root.createAppRole({ policies, ttl: 60, uses: 1 })
    await open({ method: 'approle', roleId, secretId }).currentKeyId()
    const asking = open({ method: 'approle', roleId, secretId }).currentKeyId()
    await expect(asking).rejects.toThrow(refusal('PROVIDER_DENIED'))
    await expect(asking).rejects.toThrow(/secret id may have ended/)
    await expect(asking).rejects.not.toThrow(secretId)
    await expect(provider?.currentKeyId()).rejects.toThrow(refusal('PROVIDER_DENIED'))
    expect(count(LOGIN)).toBe(3)
  })

  test.each([
    {},
    { auth: {} },
    { auth: { client_token: 'x' } },
    { auth: { client_token: 7, lease_duration: 60 } },
  ])('that answers %o is malformed', async (body) => {
    const keys = open({ method: 'approle', ...root.createAppRole({ policies, ttl: 60 }) })
    server.fault = ({ path }) => (path.includes('login') ? { status: 200, body } : null)
    await expect(keys.currentKeyId()).rejects.toThrow(refusal('PROVIDER_BAD_ANSWER'))
  })
})

describe('a sign-in by Kubernetes', () => {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519')
  const subject = 'system:serviceaccount:apps:opentrade'
  let folder: string
  let jwtFile: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'opentrade-kubernetes-'))
    jwtFile = join(folder, 'token')
    root.createServiceAccountRole({ role: 'opentrade', key: publicKey, subject, policies, ttl: 60 })
  })
  afterEach(() => rm(folder, { recursive: true, force: true }))

  async function writeJwt(o: { key?: KeyObject; sub?: string; exp?: number } = {}): Promise<void> {
    const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url')
    const signed = `${encode({ alg: 'EdDSA' })}.${encode({ sub: o.sub ?? subject, exp: o.exp ?? 3600 })}`
    const signature = sign(null, Buffer.from(signed), o.key ?? privateKey).toString('base64url')
    await writeFile(jwtFile, `${signed}.${signature}\n`)
  }

  test("presents the service account's token, read anew at each sign-in", async () => {
    await writeJwt({ exp: 100 })
    const keys = open({ method: 'kubernetes', role: 'opentrade', jwtFile })
    expect(await keys.currentKeyId()).toBe('opentrade:v1')
    await writeJwt({ exp: 10_000 })
    clock.advance(200_000)
    expect(await keys.currentKeyId()).toBe('opentrade:v1')
    expect(count('auth/kubernetes/login')).toBe(2)
  })

  test.each([
    ['of another account', { sub: 'system:serviceaccount:apps:other' }],
    ['that ended', { exp: 0 }],
    ['with a foreign signature', { key: generateKeyPairSync('ed25519').privateKey }],
  ])('with a token %s is refused', async (_, wrong) => {
    await writeJwt(wrong)
    const asking = open({ method: 'kubernetes', role: 'opentrade', jwtFile }).currentKeyId()
    await expect(asking).rejects.toThrow(refusal('PROVIDER_DENIED'))
    await expect(asking).rejects.toThrow(/service account/)
  })

  test('without a token names the file', async () => {
    const asking = open({ method: 'kubernetes', role: 'opentrade', jwtFile }).currentKeyId()
    await expect(asking).rejects.toThrow(refusal('PROVIDER_CONFIG'))
    await expect(asking).rejects.toThrow(jwtFile)
  })
})

test('nothing is left running once it is closed', async () => {
  const keys = open({ method: 'approle', ...root.createAppRole({ policies, ttl: 60 }) })
  await keys.currentKeyId()
  expect(clock.waiting()).toBe(1)
  keys.close()
  expect(clock.waiting()).toBe(0)
})
