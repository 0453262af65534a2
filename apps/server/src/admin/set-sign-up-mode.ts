import { recordAct } from '../audit/record.ts'
import type { UserContext } from '../context.ts'
import { type SignUpMode, writeSignUpMode } from '../installation/sign-up-mode.ts'
import type { SetSignUpMode } from './account-schemas.ts'

/** Decides who may sign up from now on. Links that are under way stay good. */
export async function setSignUpMode(o: {
  ctx: UserContext
  input: SetSignUpMode
}): Promise<{ mode: SignUpMode }> {
  const { services, actor } = o.ctx
  const { mode } = o.input
  await services.db.withUserSql(actor.userId, async (client) => {
    await recordAct(client, { actor, action: 'admin.sign-up-mode-set', target: null, detail: { mode } })
    await writeSignUpMode(client, { mode })
  })
  return { mode }
}
