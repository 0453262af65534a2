import { checkRootKeys } from '@opentrade/crypto'
import { recordAct } from '../audit/record.ts'
import type { UserContext } from '../context.ts'
import type { VaultCheck } from './schemas.ts'

/** Proves with keys made for it that each configured provider wraps and unwraps. Nothing stored is touched. */
export async function checkVault({
  ctx,
}: {
  ctx: UserContext
}): Promise<{ ok: boolean; checks: VaultCheck[] }> {
  const { services, actor } = ctx
  const { rootKeys, deploymentId, db } = services
  const checks: VaultCheck[] = []
  for (const provider of rootKeys.providers) checks.push(await checkRootKeys(provider, { deploymentId }))
  const ok = checks.every((check) => check.ok)
  await db.withUserSql(actor.userId, (client) =>
    recordAct(client, { actor, action: 'admin.vault-checked', target: null, detail: { ok } }),
  )
  return { ok, checks }
}
