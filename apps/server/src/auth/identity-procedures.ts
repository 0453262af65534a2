import { publicProcedure, stepUpProcedure, userProcedure } from '../trpc.ts'
import { LinkIdentity, LoginIdentity, UnlinkIdentity } from './access-schemas.ts'
import { linkIdentity, listIdentities, unlinkIdentity } from './link-identity.ts'
import { logInIdentity } from './login-identity.ts'

const IDENTITIES = '`[{ provider, issuer, subject, email, createdAt }]`'

/** What belongs into `auth`. */
export const identitySignIn = {
  identityProviders: publicProcedure
    .meta({
      summary: 'Where else people may have accounts that they sign in with here.',
      returns: "`[{ id, name, kind: 'clerk' | 'oidc', issuer, publishableKey }]`.",
    })
    .query(({ ctx }) =>
      ctx.services.identityProviders.list.map(({ id, name, kind, issuer, publishableKey }) => ({
        id,
        name,
        kind,
        issuer,
        publishableKey,
      })),
    ),
  loginIdentity: publicProcedure
    .meta({
      summary:
        'Signs in with the token of an account elsewhere; the first time, it makes an account here. Refusals: `IDENTITY_REFUSED`, `IDENTITY_PROVIDER_DOWN`, `IDENTITY_EMAIL_TAKEN`, `SIGN_UP_CLOSED`, `INVITATION_REFUSED`, `TOO_MANY_ATTEMPTS`.',
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
        'Lets an account elsewhere sign in as the person, too. Refusals: `IDENTITY_REFUSED`, `IDENTITY_PROVIDER_DOWN`, `IDENTITY_TAKEN`.',
      returns: `${IDENTITIES}: all of them.`,
    })
    .input(LinkIdentity)
    .mutation(({ ctx, input }) => linkIdentity({ ctx, input })),
  unlinkIdentity: stepUpProcedure
    .meta({
      summary:
        'Lets an account elsewhere sign in as the person no more. Refusals: `NOT_FOUND`, `LAST_SIGN_IN`.',
      returns: `${IDENTITIES}: those that are left.`,
    })
    .input(UnlinkIdentity)
    .mutation(({ ctx, input }) => unlinkIdentity({ ctx, input })),
}
