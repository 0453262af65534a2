import { type Client, hasReason } from '@opentrade/client'
import { askSecret, readStdin } from './secrets.ts'

interface StepUp<Result> {
  client: Client
  /** Reads the proof from stdin instead of asking for it. */
  passwordStdin?: boolean | undefined
  run: () => Promise<Result>
}

/** No password is that short: it is what an authenticator app shows. */
const APP_CODE = /^\d{6}$/

/**
 * Runs a call that may need a recent proof of who asks. Where it does, the password, or a code of the authenticator
 * app, is asked for, and the call repeated once.
 */
export async function withStepUp<Result>({ client, passwordStdin, run }: StepUp<Result>): Promise<Result> {
  try {
    return await run()
  } catch (error) {
    if (!hasReason(error, 'STEP_UP_REQUIRED')) throw error
    const hint = 'Give it with --password-stdin, or use an API token with the scope manage.'
    const proof = passwordStdin
      ? await readStdin()
      : await askSecret('Your password, or a code of your authenticator app, to confirm', hint)
    await client.auth.stepUp.mutate(APP_CODE.test(proof) ? { code: proof } : { password: proof })
    return run()
  }
}
