import { describe, expect, it } from 'vitest'
import { EnvError, readEnv } from './env.ts'

describe('the environment', () => {
  it('needs nothing, and has no default for a secret', () => {
    const env = readEnv({})
    expect(env).toMatchObject({ databaseUrl: null, port: 3000, portGiven: false, role: 'all', paper: 'own' })
    expect(env.paperAdminToken).toBeNull()
    expect(env.rootKeys).toEqual({})
  })

  it('names what is wrong and never its value', () => {
    const read = () =>
      readEnv({ PORT: 'canary', DATABASE_URL: 'mysql://canary', ARGON2_MEMORY_KIB: '1024', ROLE: 'canary' })
    expect(read).toThrow(EnvError)
    for (const name of ['PORT', 'DATABASE_URL', 'ARGON2_MEMORY_KIB', 'ROLE']) expect(read).toThrow(name)
    expect(read).not.toThrow('canary')
  })

  it('takes an empty variable for one that is not set', () => {
    expect(readEnv({ PORT: '', DATABASE_URL: '' })).toMatchObject({ port: 3000, databaseUrl: null })
  })

  it('wants the token of a paper exchange that runs elsewhere', () => {
    expect(() => readEnv({ PAPER_URL: 'http://127.0.0.1:4000' })).toThrow('PAPER_ADMIN_TOKEN')
    expect(readEnv({ PAPER_URL: 'off' }).paper).toBe('off')
    expect(readEnv({ ROLE: 'worker' }).paper).toBe('off')
  })

  it('names providers of accounts, and no secret of theirs when one is wrong', () => {
    const clerk = {
      CLERK_ISSUER: 'https://clerk.example.org',
      CLERK_AUTHORIZED_PARTIES: 'https://trade.example.org',
      CLERK_CLIENT_SECRET: 'canary',
    }
    const { identityProviders } = readEnv({ ...clerk, CLERK_CLIENT_ID: 'ours' })
    expect(identityProviders[0]?.client).toMatchObject({ id: 'ours', secret: 'canary' })
    const wrong = [
      clerk,
      { OIDC_ISSUERS: '[{"name":"A","issuer":"a","clientId":"b","clientSecret":"canary"}]' },
    ]
    for (const variables of wrong) {
      expect(() => readEnv(variables)).toThrow(EnvError)
      expect(() => readEnv(variables)).not.toThrow('canary')
    }
  })

  it('trusts proxies by a count or by addresses, and by nothing else', () => {
    expect(readEnv({ TRUST_PROXY: '2' }).trustProxy).toBe(2)
    expect(readEnv({ TRUST_PROXY: '10.0.0.0/8, ::1' }).trustProxy).toEqual(['10.0.0.0/8', '::1'])
    expect(readEnv({ TRUST_PROXY: 'loopback,fd00::/8' }).trustProxy).toEqual(['loopback', 'fd00::/8'])
    expect(readEnv({}).trustProxy).toBe(false)
  })

  it.each([
    'everybody',
    '999.1.1.1',
    '10.0.0',
    '10.0.0.0/33',
    '10.0.0.0/0',
    '::1/129',
    ':::',
    '::1,',
    '1.1.1.1 ::1',
  ])('trusts no proxy at %j', (given) => {
    expect(() => readEnv({ TRUST_PROXY: given })).toThrow('TRUST_PROXY must be')
  })

  it.each([
    ['https://trade.example.org', 'https://trade.example.org'],
    ['https://Trade.Example.org/', 'https://trade.example.org'],
    ['https://trade.example.org:443', 'https://trade.example.org'],
    ['https://trade.example.org:8443/', 'https://trade.example.org:8443'],
    ['http://localhost:3000', 'http://localhost:3000'],
    ['http://opentrade.localhost', 'http://opentrade.localhost'],
    ['http://127.0.0.2:3000', 'http://127.0.0.2:3000'],
    ['http://[::1]:3000/', 'http://[::1]:3000'],
  ])('takes PUBLIC_URL=%s for an origin', (given, origin) => {
    expect(readEnv({ PUBLIC_URL: given }).publicUrl).toBe(origin)
  })

  it.each([
    'https://trade.example.org/trade',
    'http://localhost:3000/trade/',
    'https://trade.example.org//',
    'https://trade.example.org/?',
    'https://trade.example.org/?next=/',
    'https://trade.example.org#',
    'https://trade.example.org/#top',
    'https://ada:canary@trade.example.org',
    'https://ada@trade.example.org',
  ])('refuses PUBLIC_URL=%s: it is more than a host', (given) => {
    const read = () => readEnv({ PUBLIC_URL: given })
    expect(read).toThrow(EnvError)
    expect(read).toThrow('OpenTrade needs a host of its own, such as https://trade.example.org')
    expect(read).not.toThrow('canary')
  })

  it.each(['https://$HOST', 'https://*.example.org', 'https://<your-host>', 'https://trade.example.org:0'])(
    'refuses PUBLIC_URL=%s: it names no host',
    (given) => {
      expect(() => readEnv({ PUBLIC_URL: given })).toThrow(/PUBLIC_URL/)
    },
  )

  it.each([
    'http://trade.lan:3000',
    'http://192.168.1.7:3000',
    'http://localhost.example.org',
    'http://127.0.0.1.example.org',
    'http://[fd00::7]',
  ])('refuses PUBLIC_URL=%s, where nobody could sign in', (given) => {
    expect(() => readEnv({ PUBLIC_URL: given })).toThrow(/https:\/\//)
  })

  it('gathers the variables of root key providers, and no others', () => {
    const given = {
      ROOT_KEY_a: 'x',
      ROOT_KEY_CURRENT: 'a',
      ROOT_KEY_PROVIDER: 'vault',
      ROOT_KEY_OTHER_PROVIDERS: 'env,aws-kms',
      VAULT_ADDR: 'https://vault.example.org',
      VAULT_TOKEN: 't',
      AWS_REGION: 'eu-central-1',
      AWS_KMS_KEY_ID: 'k',
    }
    const others = { ROOT_KEY_FILE: '/f', VAULT_SKIP_VERIFY: 'true', AWS_SECRET_ACCESS_KEY: 's' }
    expect(readEnv({ ...given, ...others }).rootKeys).toEqual(given)
  })

  it('knows every root key provider by name and no other', () => {
    for (const name of ['file', 'env', 'vault', 'aws-kms', 'aws-secrets-manager']) {
      expect(readEnv({ ROOT_KEY_PROVIDER: name }).rootKeys).toEqual({ ROOT_KEY_PROVIDER: name })
    }
    expect(() => readEnv({ ROOT_KEY_PROVIDER: 'paper' })).toThrow('ROOT_KEY_PROVIDER must be one of')
  })
})
