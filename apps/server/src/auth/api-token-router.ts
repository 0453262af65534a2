import { router, stepUpProcedure, userProcedure } from '../trpc.ts'
import { ApiTokenReference, CreateApiToken } from './access-schemas.ts'
import { createApiToken } from './create-api-token.ts'
import { deleteApiToken } from './delete-api-token.ts'
import { listApiTokens } from './list-api-tokens.ts'

const ONE_TOKEN = '{ tokenId, name, scopes, hint, createdAt, expiresAt, lastUsedAt }'

export const apiTokenRouter = router({
  list: userProcedure
    .meta({
      summary:
        'The tokens that the person’s programs sign in with, the newest first; never the tokens themselves.',
      returns: `\`[${ONE_TOKEN}]\`; \`hint\` is the end of the secret part.`,
    })
    .query(({ ctx }) => listApiTokens({ ctx })),
  create: stepUpProcedure
    .meta({
      summary:
        'Makes a token for a program, to be sent as `Authorization: Bearer`. It is shown this once. Refusals: `STEP_UP_REQUIRED`, `TOO_MANY_TOKENS`.',
      returns: `\`{ token, apiToken: ${ONE_TOKEN} }\`.`,
    })
    .input(CreateApiToken)
    .mutation(({ ctx, input }) => createApiToken({ ctx, input })),
  delete: userProcedure
    .meta({
      summary: 'Deletes a token: no process accepts it after a second. Refusals: `NOT_FOUND`.',
      returns: '`{ ok: true }`.',
    })
    .input(ApiTokenReference)
    .mutation(({ ctx, input }) => deleteApiToken({ ctx, input })),
})
