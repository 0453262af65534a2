import { expect, test } from 'vitest'
import { enableTotp } from '../testing/authenticator-app.ts'
import { createTestRootKeys, startTestServer } from '../testing/start-test-server.ts'
import { TEST_PASSWORD } from '../testing/test-client.ts'
import { readDeploymentId } from './deployment-id.ts'
import { rotateDataKeys } from './rotate-data.ts'
import { openRotation, readRotation } from './rotations.ts'

test('the secret of an authenticator app is sealed anew and goes on signing in', async () => {
  let now = new Date()
  const rootKeys = createTestRootKeys()
  const server = await startTestServer({ rootKeys, now: () => now })
  const person = server.client()
  await person.signUp({ email: 'ada@example.org' })
  const { app } = await enableTotp(person, { now })
  const before = await sealedSecret()
  const { rotationId } = await openRotation(server.db.pool, { kind: 'data', onlyUser: null, startedBy: null })
  const deploymentId = await readDeploymentId(server.db.pool)
  await rotateDataKeys(
    { db: server.db, rootKeys, deploymentId, rootKeyFile: '', publish: async () => undefined },
    { rotationId },
  )
  expect(await readRotation(server.db.pool, { rotationId })).toMatchObject({
    status: 'done',
    done: 1,
    total: 1,
  })
  expect(await sealedSecret()).not.toEqual(before)

  now = new Date(now.getTime() + 60_000)
  const elsewhere = server.client()
  const login = { email: 'ada@example.org', password: TEST_PASSWORD }
  const { challengeToken } = await elsewhere.mutateData<{ challengeToken: string }>('auth.login', login)
  const answer = await elsewhere.mutate('auth.loginSecondFactor', { challengeToken, code: app.codeAt(now) })
  expect(answer).toMatchObject({ status: 200, data: { user: { email: 'ada@example.org' } } })
  await server.close()

  async function sealedSecret(): Promise<unknown> {
    const { userId } = await person
      .queryData<{ user: { userId: string } }>('auth.me')
      .then(({ user }) => user)
    return server.db.withUserSql(userId, async (client) => {
      const { rows } = await client.query('SELECT secret_encrypted, data_key_id FROM second_factors')
      return rows
    })
  }
})
