import { publicProcedure, stepUpProcedure, userProcedure } from '../trpc.ts'
import {
  FinishIdentity,
  LinkIdentity,
  LoginIdentity,
  StartIdentity,
  StartIdentityAgain,
  UnlinkIdentity,
} from './access-schemas.ts'
import { finishIdentity } from './finish-identity.ts'
import { linkIdentity, listIdentities, unlinkIdentity } from './link-identity.ts'
import { logInIdentity } from './login-identity.ts'
import { startIdentity, startIdentityLink, startIdentityStepUp } from './start-identity.ts'

const IDENTITIES = '`[{ provider, issuer, subject, email, createdAt }]`'

/** What belongs into `auth`. */
export const identitySignIn = {
  identityProviders: publicProcedure
    .meta({
      summary: 'Where else people may have accounts that they sign in with here.',
      returns:
        "`[{ id, name, kind: 'clerk' | 'oidc', issuer, publishableKey, canOpen }]`: `canOpen` where `auth.startIdentity` can send people.",
    })
    .query(({ ctx }) =>
      ctx.services.identityProviders.list.map(({ id, name, kind, issuer, publishableKey, client }) => ({
        ...{ id, name, kind, issuer, publishableKey },
        canOpen: client !== null,
      })),
    ),
  startIdentity: publicProcedure
    .meta({
      summary:
        'Begins a sign-in with an account elsewhere: sets a cookie for ten minutes and says where the browser is to go. Refusals: `NOT_FOUND`, `IDENTITY_UNAVAILABLE`, `IDENTITY_PROVIDER_DOWN`, `IDENTITY_PROVIDER_MISCONFIGURED`.',
      returns: '`{ url }`.',
    })
    .input(StartIdentity)
    .mutation(({ ctx, input }) => startIdentity({ ctx, input })),
  startIdentityStepUp: userProcedure
    .meta({
      summary:
        'The same for somebody without a password who is to show again who they are, as with `auth.stepUp`. Refusals: `NOT_FOUND`, `PASSWORD_EXISTS`, `IDENTITY_UNAVAILABLE`, `IDENTITY_PROVIDER_DOWN`, `IDENTITY_PROVIDER_MISCONFIGURED`.',
      returns: '`{ url }`.',
    })
    .input(StartIdentityAgain)
    .mutation(({ ctx, input }) => startIdentityStepUp({ ctx, input })),
  finishIdentity: publicProcedure
    .meta({
      summary:
        'Goes on with what the address says that the browser came back with: signs in, links an account, or notes who the person is. Refusals: `IDENTITY_FLOW_LOST`, `IDENTITY_DENIED`, `IDENTITY_REFUSED`, `IDENTITY_PROVIDER_DOWN`, `IDENTITY_PROVIDER_MISCONFIGURED`, `IDENTITY_EMAIL_TAKEN`, `IDENTITY_TAKEN`, `IDENTITY_NOT_YOURS`, `IDENTITY_STALE`, `PASSWORD_EXISTS`, `SIGN_UP_CLOSED`, `INVITATION_REFUSED`, `SETUP_CODE_REFUSED`, `SIGN_IN_REQUIRED`, `TOO_MANY_ATTEMPTS`.',
      returns:
        "`{ purpose: 'sign-in', next, entered }`, `entered` as `auth.login`; `{ purpose: 'link', next, identities }`, as `users.identities`; or `{ purpose: 'step-up', next, until }`",
    })
    .input(FinishIdentity)
    .mutation(({ ctx, input }) => finishIdentity({ ctx, input })),
  loginIdentity: publicProcedure
    .meta({
      summary:
        'Signs in with the token of an account elsewhere; the first time, it makes an account here. Refusals: `IDENTITY_REFUSED`, `IDENTITY_PROVIDER_DOWN`, `IDENTITY_PROVIDER_MISCONFIGURED`, `IDENTITY_EMAIL_TAKEN`, `SIGN_UP_CLOSED`, `INVITATION_REFUSED`, `SETUP_CODE_REFUSED`, `TOO_MANY_ATTEMPTS`.',
      returns: 'as `auth.login`.',
    })
    .input(LoginIdentity)
    .mutation(({ ctx, input }) => logInIdentity({ ctx, input })),
}

/** What belongs into `users`. */
export const ownIdentities = {
  identities: userProcedure
    .meta({ summary: 'The accounts elsewhere that sign in as the person.', returns: `${IDENTITIES}.` })
    .query(({ ctx }) => listIdentities({ ctx })),
  linkIdentity: stepUpProcedure
    .meta({
      summary:
        'Lets an account elsewhere sign in as the person, too. Refusals: `IDENTITY_REFUSED`, `IDENTITY_PROVIDER_DOWN`, `IDENTITY_PROVIDER_MISCONFIGURED`, `IDENTITY_TAKEN`.',
      returns: `${IDENTITIES}: all of them.`,
    })
    .input(LinkIdentity)
    .mutation(({ ctx, input }) => linkIdentity({ ctx, input })),
  startIdentityLink: stepUpProcedure
    .meta({
      summary:
        'Begins what `users.linkIdentity` does with an account that the browser is sent to; `auth.finishIdentity` ends it. Refusals: `NOT_FOUND`, `IDENTITY_UNAVAILABLE`, `IDENTITY_PROVIDER_DOWN`, `IDENTITY_PROVIDER_MISCONFIGURED`.',
      returns: '`{ url }`.',
    })
    .input(StartIdentityAgain)
    .mutation(({ ctx, input }) => startIdentityLink({ ctx, input })),
  unlinkIdentity: stepUpProcedure
    .meta({
      summary:
        'Lets an account elsewhere sign in as the person no more. Refusals: `NOT_FOUND`, `LAST_SIGN_IN`.',
      returns: `${IDENTITIES}: those that are left.`,
    })
    .input(UnlinkIdentity)
    .mutation(({ ctx, input }) => unlinkIdentity({ ctx, input })),
}
