import { randomBytes } from 'node:crypto'
import { type RoleName, type RoleUrls, roles } from '../roles.ts'
import { execute } from './execute.ts'

/**
 * Makes roles of the run's own on a server that the person has named: members of the product's, so that the
 * passwords of those, which an installation may use, stay as they are.
 * @param url of a superuser
 */
export async function createTestRoles(url: string): Promise<{ roleUrls: RoleUrls; drop(): Promise<void> }> {
  const suffix = randomBytes(6).toString('hex')
  const made: string[] = []

  async function createMember(role: RoleName): Promise<URL> {
    const name = `${roles[role]}_test_${suffix}`
    const password = randomBytes(18).toString('base64url')
    await execute(
      url,
      `DO $$ BEGIN CREATE ROLE ${roles[role]} NOLOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
       CREATE ROLE ${name} LOGIN PASSWORD '${password}' IN ROLE ${roles[role]}`,
    )
    made.push(name)
    const memberUrl = new URL(url)
    memberUrl.username = name
    memberUrl.password = password
    return memberUrl
  }

  const owner = await createMember('owner')
  // What a member makes would be its own: it makes things as the owner.
  owner.searchParams.set('options', `-c role=${roles.owner}`)
  return {
    roleUrls: {
      owner: owner.href,
      app: (await createMember('app')).href,
      scheduler: (await createMember('scheduler')).href,
      paper: (await createMember('paper')).href,
    },
    drop: () => execute(url, `DROP ROLE IF EXISTS ${made.join(', ')}`),
  }
}
