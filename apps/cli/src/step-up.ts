import { type Client, hasReason } from '@opentrade/client'
import { askSecret } from './secrets.ts'

/** Runs a call that may need a recent proof of who asks: the password is asked for then, and the call repeated. */
export async function withStepUp<Result>(client: Client, run: () => Promise<Result>): Promise<Result> {
  try {
    return await run()
  } catch (error) {
    if (!hasReason(error, 'STEP_UP_REQUIRED')) throw error
    const hint = 'Sign in again with `opentrade login`, or use an API token with the scope manage.'
    await client.auth.stepUp.mutate({ password: await askSecret('Your password, to confirm', hint) })
    return run()
  }
}
