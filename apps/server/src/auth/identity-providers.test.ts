import { createHmac, generateKeyPairSync, sign } from 'node:crypto'
import { SignJWT, UnsecuredJWT } from 'jose'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type LoopbackIssuer, startLoopbackIssuer } from '../testing/loopback-issuer.ts'
import { createIdentityProviders, type IdentityProviders } from './identity-providers.ts'
import { type IdentityProviderSettings, readIdentityProviders } from './identity-settings.ts'

const OURS = 'https://trade.example.org'

let clerk: LoopbackIssuer
let company: LoopbackIssuer
let providers: IdentityProviders
const startedAt = Date.now()
const now = () => new Date(startedAt)
const seconds = Math.floor(startedAt / 1000)

function open(): IdentityProviders {
  return createIdentityProviders({
    now,
    providers: readIdentityProviders({
      CLERK_ISSUER: clerk.issuer,
      CLERK_AUTHORIZED_PARTIES: `${OURS}, http://localhost:3000`,
      OIDC_ISSUERS: JSON.stringify([
        { name: 'Company', issuer: company.issuer, audience: ['opentrade', 'beside'] },
      ]),
    }),
  })
}

beforeEach(async () => {
  clerk = await startLoopbackIssuer({ now, claims: { azp: OURS, sid: 'sess_1' } })
  company = await startLoopbackIssuer({ now, claims: { aud: 'opentrade' } })
  providers = open()
})
afterEach(async () => {
  await clerk.close()
  await company.close()
})

async function reasonOf(token: string): Promise<string> {
  return providers.verify(token).then(
    () => 'accepted',
    (error: { reason?: string }) => error.reason ?? String(error),
  )
}

function part(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}

describe('tokens of an issuer', () => {
  it('say who somebody is: issuer and subject', async () => {
    const token = await clerk.sign({ email: 'Ada@Example.org', email_verified: true, name: 'Ada' })
    expect(await providers.verify(token)).toMatchObject({
      issuer: clerk.issuer,
      subject: 'user_1',
      email: 'ada@example.org',
      displayName: 'Ada',
    })
    expect(
      await providers.verify(await company.sign({ sub: 'c-7', email: 'ada@example.org' })),
    ).toMatchObject({
      issuer: company.issuer,
      subject: 'c-7',
      email: null,
    })
  })

  it('are accepted within five seconds of their times, and not beyond', async () => {
    const times: [object, string][] = [
      [{ exp: seconds - 4 }, 'accepted'],
      [{ exp: seconds - 5 }, 'IDENTITY_REFUSED'],
      [{ exp: seconds - 600 }, 'IDENTITY_REFUSED'],
      [{ nbf: seconds + 4 }, 'accepted'],
      [{ nbf: seconds + 7 }, 'IDENTITY_REFUSED'],
      [{ iat: seconds + 4 }, 'accepted'],
      [{ iat: seconds + 7 }, 'IDENTITY_REFUSED'],
    ]
    for (const [claims, reason] of times)
      expect([claims, await reasonOf(await clerk.sign({ ...claims }))]).toEqual([claims, reason])
  })

  it('need every claim, of the right kind', async () => {
    for (const name of ['iss', 'sub', 'exp', 'iat', 'azp']) {
      for (const value of [undefined, null, '', 7.5, [], {}, true]) {
        if (typeof value === 'number' && name === 'iat') continue
        expect([name, value, await reasonOf(await clerk.sign({ [name]: value }))]).toEqual([
          name,
          value,
          'IDENTITY_REFUSED',
        ])
      }
    }
    for (const sub of ['x'.repeat(256), 'a\u0000', 'a\ud800']) {
      expect([sub, await reasonOf(await clerk.sign({ sub }))]).toEqual([sub, 'IDENTITY_REFUSED'])
    }
  })

  it('that another asked for, or that are not for us, are refused', async () => {
    for (const azp of ['https://evil.example.org', `${OURS}/`, `${OURS}.evil.example`, OURS.toUpperCase()]) {
      expect(await reasonOf(await clerk.sign({ azp }))).toBe('IDENTITY_REFUSED')
    }
    expect(await reasonOf(await clerk.sign({ azp: 'http://localhost:3000' }))).toBe('accepted')
    for (const aud of [undefined, 'other', ['other'], [], ['opentrade', 'other']]) {
      expect(await reasonOf(await company.sign({ aud }))).toBe('IDENTITY_REFUSED')
    }
    expect(await reasonOf(await company.sign({ aud: ['opentrade', 'other'], azp: 'beside' }))).toBe(
      'accepted',
    )
    expect(await reasonOf(await company.sign({ azp: 'other' }))).toBe('IDENTITY_REFUSED')
  })

  it('of a session with a step left are refused', async () => {
    expect(await reasonOf(await clerk.sign({ sts: 'pending' }))).toBe('IDENTITY_REFUSED')
    expect(await reasonOf(await clerk.sign({ sts: 'active' }))).toBe('accepted')
  })

  it('count for the issuer that they name, to the letter, and for its keys alone', async () => {
    for (const iss of [`${clerk.issuer}/`, clerk.issuer.replace('127.0.0.1', 'localhost'), company.issuer]) {
      expect(await reasonOf(await clerk.sign({ iss, aud: 'opentrade' }))).toBe('IDENTITY_REFUSED')
    }
    expect(await reasonOf(await company.sign({ iss: 'https://unknown.example.org' }))).toBe(
      'IDENTITY_REFUSED',
    )
  })

  it('are refused unsigned, with our key as a shared secret, by another algorithm, and with a foreign key', async () => {
    const good = await clerk.sign()
    const [, payload = '', signature = ''] = good.split('.')
    const { kid, publicJwk, privateKey } = clerk.key()
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString())
    const hs = `${part({ alg: 'HS256', kid })}.${payload}`
    const macs = [publicJwk.n ?? '', JSON.stringify(publicJwk)].map((secret) =>
      createHmac('sha256', secret).update(hs).digest('base64url'),
    )
    const foreign = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey
    const forged = [
      new UnsecuredJWT(claims).encode(),
      `${part({ alg: 'none', kid })}.${payload}.`,
      `${part({ alg: 'none', kid })}.${payload}.${signature}`,
      ...macs.map((mac) => `${hs}.${mac}`),
      await new SignJWT(claims).setProtectedHeader({ alg: 'PS256', kid }).sign(privateKey),
      await new SignJWT(claims).setProtectedHeader({ alg: 'RS512', kid }).sign(privateKey),
      await new SignJWT(claims).setProtectedHeader({ alg: 'RS256', kid }).sign(foreign),
      await new SignJWT(claims).setProtectedHeader({ alg: 'RS256', kid, jwk: publicJwk }).sign(foreign),
      await new SignJWT(claims).setProtectedHeader({ alg: 'RS256', kid: 'unknown' }).sign(privateKey),
      `${part({ alg: 'RS384', kid })}.${payload}.${signature}`,
    ]
    for (const token of forged) expect(await reasonOf(token)).toBe('IDENTITY_REFUSED')
    expect(await reasonOf(good)).toBe('accepted')
  })

  it('are refused in anything but three strict parts of base64url', async () => {
    const good = await clerk.sign()
    const [header = '', payload = '', signature = ''] = good.split('.')
    const loose = [
      '',
      '..',
      'x',
      `${header}.${payload}`,
      `${good}.`,
      `${good}.x`,
      `.${payload}.${signature}`,
      `${header}.${payload}.`,
      `${good}=`,
      `${good}==`,
      ` ${good}`,
      `${good}\n`,
      `${header}.${payload}.${signature.slice(0, 20)} ${signature.slice(20)}`,
      `${header}.${payload}.${signature.replaceAll('-', '+').replaceAll('_', '/')}+`,
      `${header}?.${payload}.${signature}`,
      `${header}.${payload}\u0000.${signature}`,
      // 256 bytes leave four bits of the last character unused.
      `${header}.${payload}.${signature.slice(0, -1)}${signature.endsWith('h') ? 'i' : 'h'}`,
      'a'.repeat(20_000),
    ]
    for (const token of loose)
      expect([token.slice(0, 20), await reasonOf(token)]).toEqual([token.slice(0, 20), 'IDENTITY_REFUSED'])
  })

  it('are refused with a header that demands what nobody knows', async () => {
    const { kid, privateKey } = clerk.key()
    const [, payload = ''] = (await clerk.sign()).split('.')
    function signed(header: object): string {
      const input = `${part({ alg: 'RS256', kid, ...header })}.${payload}`
      return `${input}.${sign('sha256', Buffer.from(input), privateKey).toString('base64url')}`
    }
    expect(await reasonOf(signed({}))).toBe('accepted')
    for (const header of [{ crit: ['new'], new: 1 }, { crit: [] }, { crit: ['exp'], exp: 1 }, { kid: 1 }]) {
      expect([header, await reasonOf(signed(header))]).toEqual([header, 'IDENTITY_REFUSED'])
    }
  })

  it('go on when the issuer changes its keys', async () => {
    await clerk.rotate()
    expect(await reasonOf(await clerk.sign())).toBe('accepted')
    expect(clerk.fetches()).toBe(1)
    expect(await reasonOf(await clerk.sign())).toBe('accepted')
    expect(clerk.fetches()).toBe(1)
    await clerk.rotate()
    // Within 30 seconds of the last fetch an unknown key id causes none: anybody can make one up.
    expect(await reasonOf(await clerk.sign())).toBe('IDENTITY_REFUSED')
    expect(clerk.fetches()).toBe(1)
    providers = open()
    expect(await reasonOf(await clerk.sign())).toBe('accepted')
  })

  it('are answered as such when the issuer does not answer, or not as one, and again when it does', async () => {
    const down = 'IDENTITY_PROVIDER_DOWN'
    const misconfigured = 'IDENTITY_PROVIDER_MISCONFIGURED'
    // Of one the keys are asked for, of the other its discovery document.
    const nonsense = [
      [{ status: 500, body: '' }, down, down],
      [{ status: 429, body: '' }, down, down],
      [{ status: 302, body: '' }, down, misconfigured],
      [{ status: 404, body: '' }, down, misconfigured],
      [{ status: 200, body: 'not json' }, down, misconfigured],
      [{ status: 200, body: '{"keys":1}' }, down, misconfigured],
      [{ status: 200, body: JSON.stringify({ keys: [], more: 'x'.repeat(100_000) }) }, down, down],
    ] as const
    for (const [at, issuer] of [clerk, company].entries()) {
      for (const [answer, ...reasons] of nonsense) {
        issuer.answer(answer)
        expect([answer, await reasonOf(await issuer.sign())]).toEqual([answer, reasons[at]])
      }
      issuer.serve()
      expect(await reasonOf(await issuer.sign())).toBe('accepted')
    }
    const gone = await startLoopbackIssuer({ now, claims: { azp: OURS } })
    const token = await gone.sign()
    await gone.close()
    providers = createIdentityProviders({
      now,
      providers: readIdentityProviders({ CLERK_ISSUER: gone.issuer, CLERK_AUTHORIZED_PARTIES: OURS }),
    })
    expect(await reasonOf(token)).toBe('IDENTITY_PROVIDER_DOWN')
  })

  it('of an issuer whose discovery names another are answered with a refusal to believe it', async () => {
    company.answer({
      status: 200,
      body: JSON.stringify({ issuer: clerk.issuer, jwks_uri: `${clerk.issuer}/.well-known/jwks.json` }),
    })
    expect(await reasonOf(await company.sign())).toBe('IDENTITY_PROVIDER_MISCONFIGURED')
  })
})

describe('a check of the settings', () => {
  const oidc = (issuer: string, more: object = { clientId: 'ours' }) =>
    readIdentityProviders({ OIDC_ISSUERS: JSON.stringify([{ name: 'Company', issuer, ...more }]) })
  const clerkOf = (issuer: string) =>
    readIdentityProviders({ CLERK_ISSUER: issuer, CLERK_AUTHORIZED_PARTIES: OURS })
  const check = (settings: IdentityProviderSettings[]) =>
    createIdentityProviders({ now, providers: settings }).check()
  const messageOf = async (settings: IdentityProviderSettings[]) => {
    const [fault] = await check(settings)
    expect(fault?.isSetup).toBe(true)
    return fault?.message
  }

  it('finds nothing where the issuer calls itself as the settings do', async () => {
    expect(await check([...oidc(company.issuer), ...clerkOf(clerk.issuer)])).toEqual([])
  })

  it.each([
    ['a slash at the end', (issuer: string) => `${issuer}/`],
    ['the address of its document', (issuer: string) => `${issuer}/.well-known/openid-configuration`],
    ['the same with a slash', (issuer: string) => `${issuer}/.well-known/openid-configuration/`],
    ['another name of its host', (issuer: string) => issuer.replace('127.0.0.1', 'localhost')],
    ['other capitals', (issuer: string) => issuer.replace('127.0.0.1', 'LOCALHOST')],
    ['its scheme in capitals', (issuer: string) => issuer.replace('http:', 'HTTP:')],
  ])('says what to set in the place of %s', async (_what, alter) => {
    for (const [settings, issuer, variable] of [
      [oidc(alter(company.issuer)), company.issuer, 'OIDC_ISSUERS'],
      [clerkOf(alter(clerk.issuer)), clerk.issuer, 'CLERK_ISSUER'],
    ] as const) {
      const message = await messageOf(settings)
      expect(message).toContain(`calls itself "${issuer}", but ${variable} says "${settings[0]?.issuer}"`)
      expect(message).toContain(`Set it to "${issuer}".`)
    }
  })

  it('says so where the issuer has the slash', async () => {
    company.answer({ status: 200, body: JSON.stringify({ issuer: `${company.issuer}/`, jwks_uri: OURS }) })
    expect(await messageOf(oidc(company.issuer))).toContain(`Set it to "${company.issuer}/".`)
    company.answer({ status: 200, body: JSON.stringify({ issuer: 'http://id.example.org', jwks_uri: OURS }) })
    expect(await messageOf(oidc(company.issuer))).toContain('calls itself "http://id.example.org"')
    expect(await messageOf(oidc(company.issuer))).not.toContain('Set it to')
  })

  it.each([
    ['no provider', { status: 404, body: '' }, /status 404: there is no OpenID Connect provider/],
    [
      'a redirect',
      { status: 301, body: '', headers: { location: `${OURS}/?s=canary` } },
      /redirects to "http/,
    ],
    ['a page', { status: 200, body: '<!doctype html>' }, /not JSON/],
    ['no keys', { status: 200, body: '{"issuer":"ISSUER"}' }, /no usable "jwks_uri"/],
    ['keys over http', { status: 200, body: '{"issuer":"ISSUER","jwks_uri":"http://x.org"}' }, /"jwks_uri"/],
    ['nowhere to go', { status: 200, body: '{"issuer":"ISSUER","jwks_uri":"https://x.org"}' }, /endpoint/],
  ])('says of %s what is wrong, and so does the log of a sign-in', async (_what, answer, sentence) => {
    company.answer({ ...answer, body: answer.body.replace('ISSUER', company.issuer) })
    const message = await messageOf(oidc(company.issuer))
    expect(message).toMatch(sentence)
    expect(message).not.toContain('canary')
    const flow = { state: 's', nonce: 'n', verifier: 'v', redirectUri: `${OURS}/callback` }
    const opening = createIdentityProviders({ now, providers: oidc(company.issuer) }).open({
      ...{ providerId: 'oidc-1', flow, askAgain: false },
    })
    await expect(opening).rejects.toMatchObject({
      reason: 'IDENTITY_PROVIDER_MISCONFIGURED',
      message: expect.stringContaining('administrator'),
      cause: { message },
    })
  })

  it('tells an issuer that does not answer from one that is set up wrongly', async () => {
    const gone = await startLoopbackIssuer({ now })
    await gone.close()
    const [fault] = await check(oidc(gone.issuer))
    expect(fault).toMatchObject({ isSetup: false, message: expect.stringContaining('ECONNREFUSED') })
    // Whose keys have an address of their own needs no document.
    expect(await check(clerkOf(gone.issuer))).toEqual([])
  })
})

describe('the settings of issuers', () => {
  it('are none by default', () => {
    expect(readIdentityProviders({})).toEqual([])
  })

  it('name several of each kind', () => {
    const found = readIdentityProviders({
      CLERK_ISSUER: 'https://a.example.org, https://b.example.org',
      CLERK_AUTHORIZED_PARTIES: OURS,
      CLERK_PUBLISHABLE_KEY: 'pk_test_1',
      OIDC_ISSUERS: '[{"name":"Company","issuer":"https://id.example.org","audience":"x"}]',
    })
    expect(found.map(({ id, publishableKey }) => [id, publishableKey])).toEqual([
      ['clerk', 'pk_test_1'],
      ['clerk-2', null],
      ['oidc-1', null],
    ])
  })

  it('say as whom people are sent there: the first Clerk instance, and OIDC issuers with a client id', () => {
    const issuer = 'https://id.example.org'
    const [clerk, second, company] = readIdentityProviders({
      CLERK_ISSUER: 'https://a.example.org,https://b.example.org',
      CLERK_AUTHORIZED_PARTIES: OURS,
      CLERK_CLIENT_ID: 'ours',
      CLERK_CLIENT_SECRET: 'secret',
      OIDC_ISSUERS: JSON.stringify([{ name: 'Company', issuer, clientId: 'o', scopes: 'openid x' }]),
    })
    expect(clerk?.client).toEqual({ id: 'ours', secret: 'secret', scopes: 'openid email profile' })
    expect(second?.client).toBeNull()
    expect(company?.client).toEqual({ id: 'o', secret: null, scopes: 'openid x' })
    // What a person brings is held to `audience` alone: a token for the client has to answer our nonce.
    expect(company?.audiences).toEqual([])
  })

  it('are refused over a line that others can change, without a party or an audience, and twice', () => {
    const bad = [
      { CLERK_ISSUER: 'http://clerk.example.org', CLERK_AUTHORIZED_PARTIES: OURS },
      { CLERK_ISSUER: 'http://127.0.0.1.example.org', CLERK_AUTHORIZED_PARTIES: OURS },
      { CLERK_ISSUER: 'clerk', CLERK_AUTHORIZED_PARTIES: OURS },
      { CLERK_ISSUER: 'https://clerk.example.org' },
      { CLERK_ISSUER: 'https://a.example.org,https://a.example.org', CLERK_AUTHORIZED_PARTIES: OURS },
      { OIDC_ISSUERS: 'https://id.example.org' },
      { OIDC_ISSUERS: '[{"name":"Company","issuer":"https://id.example.org"}]' },
      { OIDC_ISSUERS: '[{"name":"Company","issuer":"https://id.example.org?x=1","audience":"x"}]' },
      { OIDC_ISSUERS: '[{"name":"C","issuer":"https://a.example.org","audience":"x","clientSecret":"s"}]' },
      { OIDC_ISSUERS: '[{"name":"C","issuer":"https://a.example.org","clientId":"x","scopes":"email"}]' },
      { CLERK_CLIENT_ID: 'x' },
      {
        ...{ CLERK_ISSUER: 'https://a.example.org', CLERK_AUTHORIZED_PARTIES: OURS },
        CLERK_CLIENT_SECRET: 'x',
      },
      { OIDC_ISSUERS: '[{"name":"Company","issuer":"http://id.example.org","audience":"x"}]' },
    ]
    for (const variables of bad) expect(() => readIdentityProviders(variables)).toThrow(/CLERK|OIDC|twice/)
  })
})
