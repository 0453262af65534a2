import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { tokenIn } from '../testing/received-mail.ts'
import { startTestServer, type TestServer } from '../testing/start-test-server.ts'
import { TEST_PASSWORD, type TestClient } from '../testing/test-client.ts'
import { sendRequiredResetJob } from '../user/send-required-reset.job.ts'

let server: TestServer
let admin: TestClient
let adminId: string

beforeEach(async () => {
  server = await startTestServer()
  admin = server.client()
  adminId = (await admin.signUp({ email: 'admin@example.org' })).userId
})
afterEach(() => server.close())

interface UserPage {
  users: { userId: string; email: string; isActive: boolean; deactivatedBy: string | null }[]
  next: string | null
}

const listUsers = (input?: object) => admin.queryData<UserPage>('admin.users.list', input)

const login = (email: string) => server.client().mutate('auth.login', { email, password: TEST_PASSWORD })

function register(o: { email?: string; invitation?: string }) {
  const { email = `${randomUUID()}@example.org`, ...rest } = o
  return server.client().mutate('auth.register', { email, password: TEST_PASSWORD, ...rest })
}

const reasonOf = async (answer: ReturnType<TestClient['mutate']>) => (await answer).error?.data.reason

const PROCEDURES: ['query' | 'mutate', string, object?][] = [
  ['query', 'admin.users.list'],
  ['mutate', 'admin.users.setActive', { userId: randomUUID(), isActive: false }],
  ['mutate', 'admin.users.setRole', { userId: randomUUID(), role: 'admin' }],
  ['mutate', 'admin.users.requireReset', { userId: randomUUID() }],
  ['query', 'admin.invitations.list'],
  ['mutate', 'admin.invitations.create', { expiresInDays: 1 }],
  ['mutate', 'admin.invitations.delete', { invitationId: randomUUID() }],
  ['mutate', 'admin.signUpMode.set', { mode: 'closed' }],
]

describe('what administrators do', () => {
  it('is refused to everybody else, and an unknown id is not found', async () => {
    const client = server.client()
    await client.signUp()
    for (const [kind, path, input] of PROCEDURES) {
      expect([path, (await client[kind](path, input)).status]).toEqual([path, 403])
      expect([path, (await server.client()[kind](path, input)).status]).toEqual([path, 401])
      if (input && 'userId' in input)
        expect([path, (await admin[kind](path, input)).status]).toEqual([path, 404])
    }
    for (const input of [{}, { userId: 'x' }, { userId: adminId, isActive: 'no' }, [], '__proto__']) {
      expect((await admin.mutate('admin.users.setActive', input)).status).toBe(400)
    }
  })
})

describe('the list of people', () => {
  it('is searched by a part of address or name, in pages without a gap', async () => {
    const emails = ['ada@one.example', 'bob@two.example', 'cy_d@two.example']
    for (const email of emails) await server.client().signUp({ email, displayName: `Name of ${email[0]}` })
    const first = await listUsers({ limit: 3 })
    const second = await listUsers({ limit: 3, cursor: first.next })
    expect([...first.users, ...second.users].map((user) => user.email)).toEqual([
      ...emails.toReversed(),
      'admin@example.org',
    ])
    expect(second.next).toBeNull()
    const found = async (search: string) => (await listUsers({ search })).users.map((user) => user.email)
    expect(await found('TWO.ex')).toEqual(['cy_d@two.example', 'bob@two.example'])
    expect(await found('name OF b')).toEqual(['bob@two.example'])
    expect(await found('cy_')).toEqual(['cy_d@two.example'])
    expect(await found("' OR 1=1")).toEqual([])
    const { status, error } = await admin.query('admin.users.list', { search: 'a\u0000b' })
    expect([status, Object.keys(error?.data.fields ?? {})]).toEqual([400, ['search']])
    expect(JSON.stringify(await listUsers())).not.toContain('argon2')
  })
})

describe('an account', () => {
  it('that is switched off is signed out and cannot sign in; switched on, it can again', async () => {
    const client = server.client()
    const { userId, email } = await client.signUp()
    await admin.mutateData('admin.users.setActive', { userId, isActive: false })
    await expect.poll(async () => (await client.query('settings.get')).status, { interval: 10 }).toBe(401)
    expect((await client.mutate('auth.refresh')).status).toBe(401)
    expect(await reasonOf(login(email))).toBe('WRONG_CREDENTIALS')
    expect((await listUsers({ search: email })).users).toMatchObject([
      { isActive: false, deactivatedBy: 'admin' },
    ])
    await admin.mutateData('admin.users.setActive', { userId, isActive: true })
    expect((await login(email)).status).toBe(200)
    const { rows } = await server.db.superuser.pool.query(
      `SELECT user_id AS id, action FROM audit_log WHERE action ~ 'activated' ORDER BY action, at`,
    )
    expect(rows).toEqual([
      { id: adminId, action: 'admin.user-activated' },
      { id: adminId, action: 'admin.user-deactivated' },
      { id: userId, action: 'user.activated' },
      { id: userId, action: 'user.deactivated' },
    ])
  })

  it('whose reset is required is signed out, and its password is none any more until it has a new one', async () => {
    const client = server.client()
    const { userId, email } = await client.signUp()
    expect(await reasonOf(admin.mutate('admin.users.requireReset', { userId: adminId }))).toBe('OWN_ACCOUNT')
    await admin.mutateData('admin.users.requireReset', { userId })
    await expect.poll(async () => (await client.query('settings.get')).status, { interval: 10 }).toBe(401)
    expect(await reasonOf(login(email))).toBe('WRONG_CREDENTIALS')
    const { services } = server
    const signal = new AbortController().signal
    await sendRequiredResetJob.run({ services, payload: { userId }, log: services.log, signal })
    const { rows } = await server.db.superuser.pool.query(
      'SELECT body_text AS text FROM outbox WHERE to_address = $1',
      [email],
    )
    const reset = { token: tokenIn(rows[0]), password: TEST_PASSWORD }
    expect((await server.client().mutate('auth.resetPassword', reset)).status).toBe(200)
    expect((await login(email)).status).toBe(200)
  })
})

describe('the last administrator', () => {
  it('can neither be switched off nor be made a user, by themselves or when two act at once', async () => {
    for (const act of [
      admin.mutate('admin.users.setActive', { userId: adminId, isActive: false }),
      admin.mutate('admin.users.setRole', { userId: adminId, role: 'user' }),
      admin.mutate('users.deactivateMe'),
    ]) {
      expect(await reasonOf(act)).toBe('LAST_ADMIN')
    }
    const second = server.client()
    const { userId, email } = await second.signUp()
    await admin.mutateData('admin.users.setRole', { userId, role: 'admin' })
    await second.signIn({ email })
    const answers = await Promise.all([
      reasonOf(admin.mutate('admin.users.setRole', { userId, role: 'user' })),
      reasonOf(second.mutate('admin.users.setRole', { userId: adminId, role: 'user' })),
    ])
    expect(answers.filter((reason) => reason === 'LAST_ADMIN' || reason === 'ADMIN_ONLY')).toHaveLength(1)
    const { rows } = await server.db.superuser.pool.query(
      `SELECT FROM users WHERE role = 'admin' AND is_active`,
    )
    expect(rows).toHaveLength(1)
  })

  it('is signed out in every process when the role changes, and has the new one from the next sign-in on', async () => {
    const second = server.client()
    const { userId, email } = await second.signUp()
    const list = async () => (await second.query('admin.users.list')).status
    for (const [role, status] of [
      ['admin', 200],
      ['user', 403],
    ] as const) {
      await admin.mutateData('admin.users.setRole', { userId, role })
      await expect.poll(list, { interval: 10 }).toBe(401)
      expect((await second.mutate('auth.refresh')).status).toBe(401)
      await second.signIn({ email })
      expect(await list()).toBe(status)
    }
  })
})

describe('signing up', () => {
  const setMode = (mode: string) => admin.mutateData('admin.signUpMode.set', { mode })
  interface Created {
    invitationId: string
    link: string
  }
  const invite = (input: object = {}) =>
    admin.mutateData<Created>('admin.invitations.create', { expiresInDays: 1, ...input })
  const tokenOf = ({ link }: Created) => tokenIn({ text: link })

  it('can be closed, and everybody may ask how it is', async () => {
    expect(await server.client().queryData('auth.signUpMode')).toEqual({ mode: 'open' })
    await setMode('closed')
    expect(await server.client().queryData('auth.signUpMode')).toEqual({ mode: 'closed' })
    expect(await reasonOf(register({ invitation: tokenOf(await invite()) }))).toBe('SIGN_UP_CLOSED')
    expect((await admin.mutate('admin.signUpMode.set', { mode: 'sometimes' })).status).toBe(400)
  })

  it('takes an invitation once, of many at once, too', async () => {
    await setMode('invitation')
    const { status, error } = await register({})
    expect([status, error?.data.reason]).toEqual([403, 'INVITATION_REFUSED'])
    expect(Object.keys(error?.data.fields ?? {})).toEqual(['invitation'])
    const invitation = tokenOf(await invite())
    const answers = await Promise.all(Array.from({ length: 20 }, () => register({ invitation })))
    expect(answers.filter((answer) => answer.status === 200)).toHaveLength(1)
    expect(answers.filter((answer) => answer.error?.data.reason === 'INVITATION_REFUSED')).toHaveLength(19)
    expect((await listUsers()).users).toHaveLength(2)
    const [listed] = await admin.queryData<{ usedAt: string | null }[]>('admin.invitations.list')
    expect(listed?.usedAt).not.toBeNull()
    expect(JSON.stringify(listed)).not.toContain(invitation)
  })

  it('takes one for an address from that address alone, and none that was taken back or made up', async () => {
    await setMode('invitation')
    const created = await invite({ email: 'Guest@Example.org' })
    const invitation = tokenOf(created)
    expect(await reasonOf(register({ invitation }))).toBe('INVITATION_REFUSED')
    expect((await register({ email: 'guest@example.org', invitation })).status).toBe(200)
    const back = await invite()
    await admin.mutateData('admin.invitations.delete', { invitationId: back.invitationId })
    for (const tried of [tokenOf(back), 'x'.repeat(64), 'x']) {
      expect(await reasonOf(register({ invitation: tried }))).toBe('INVITATION_REFUSED')
    }
    const again = admin.mutate('admin.invitations.delete', { invitationId: back.invitationId })
    expect(await reasonOf(again)).toBe('NOT_FOUND')
  })
})
