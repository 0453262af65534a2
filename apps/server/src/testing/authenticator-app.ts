import { fromBase32, totpCode, totpStep } from '../auth/totp.ts'
import type { StartedTotp } from '../auth/totp-start.ts'
import type { TestClient } from './test-client.ts'

/** An authenticator app with a person's secret in it. */
export interface AuthenticatorApp {
  /** The code of the step that a moment is in. */
  codeAt: (moment: Date) => string
}

/** An app that was given the secret of `secondFactors.totpStart`. */
export function openAuthenticatorApp({ secret }: { secret: string }): AuthenticatorApp {
  const key = fromBase32(secret)
  return { codeAt: (moment) => totpCode({ secret: key, step: totpStep(moment) }) }
}

/** Sets an app up for a signed-in person. The code of `now` is used up by it. */
export async function enableTotp(
  client: TestClient,
  { now }: { now: Date },
): Promise<{ app: AuthenticatorApp; recoveryCodes: string[] }> {
  const app = openAuthenticatorApp(await client.mutateData<StartedTotp>('secondFactors.totpStart'))
  const { recoveryCodes } = await client.mutateData<{ recoveryCodes: string[] }>(
    'secondFactors.totpConfirm',
    { code: app.codeAt(now) },
  )
  return { app, recoveryCodes }
}
