import { z } from 'zod'
import { publicProcedure, userProcedure } from '../trpc.ts'
import { logInByPasskey, offerPasskeyLogin } from './passkey-login.ts'
import { logInSecondFactor } from './second-factor-login.ts'
import { LoginPasskey, LoginSecondFactor, StepUp } from './second-factor-schemas.ts'
import { offerPasskeyStepUp, stepUp } from './step-up.ts'

const Nothing = z.strictObject({}).optional()

/** The procedures of `auth` by which people show who they are with more, or other, than a password. */
export const secondFactorProcedures = {
  loginSecondFactor: publicProcedure
    .meta({
      summary:
        'The second step of a sign-in, within 5 minutes of the first, by a code or a passkey. Refusals: `WRONG_CODE`, `PASSKEY_REFUSED`, `CHALLENGE_ENDED`, `TOO_MANY_ATTEMPTS`.',
      returns: '{ user: User }',
    })
    .input(LoginSecondFactor)
    .mutation(({ ctx, input }) => logInSecondFactor({ ctx, input })),
  passkeyOptions: publicProcedure
    .meta({
      summary:
        'What the browser is to ask of a passkey, to sign in with it alone within 5 minutes. Refusals: `PASSKEYS_UNAVAILABLE`.',
      returns: '{ challengeToken, options: PublicKeyCredentialRequestOptionsJSON }',
    })
    .input(Nothing)
    .mutation(({ ctx }) => offerPasskeyLogin({ ctx })),
  loginPasskey: publicProcedure
    .meta({
      summary:
        'Signs in with a passkey alone. Refusals: `PASSKEY_REFUSED`, `CHALLENGE_ENDED`, `PASSKEYS_UNAVAILABLE`, `TOO_MANY_ATTEMPTS`.',
      returns: '{ user: User }',
    })
    .input(LoginPasskey)
    .mutation(({ ctx, input }) => logInByPasskey({ ctx, input })),
  stepUp: userProcedure
    .meta({
      summary:
        'Shows again who the person is, as procedures that answer `STEP_UP_REQUIRED` want it. Refusals: `WRONG_PASSWORD`, `PASSWORD_NEEDED`, `WRONG_CODE`, `PASSKEY_REFUSED`, `CHALLENGE_ENDED`, `TOO_MANY_ATTEMPTS`.',
      returns: '{ until }: until when it counts',
    })
    .input(StepUp)
    .mutation(({ ctx, input }) => stepUp({ ctx, input })),
  stepUpPasskeyOptions: userProcedure
    .meta({
      summary:
        'What the browser is to ask of a passkey for `auth.stepUp`, within 5 minutes. Refusals: `NO_PASSKEY`, `PASSKEYS_UNAVAILABLE`.',
      returns: '{ options: PublicKeyCredentialRequestOptionsJSON }',
    })
    .input(Nothing)
    .mutation(({ ctx }) => offerPasskeyStepUp({ ctx })),
}
