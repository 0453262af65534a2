import { router, userProcedure } from '../trpc.ts'
import { addApiKey } from './add.ts'
import { checkApiKey } from './check.ts'
import { deleteApiKey } from './delete.ts'
import { listApiKeys } from './list.ts'
import { renameApiKey } from './rename.ts'
import { replaceApiKey } from './replace.ts'
import { AddApiKey, OneApiKey, RenameApiKey, ReplaceApiKey } from './schemas.ts'

export const apiKeyRouter = router({
  list: userProcedure.query(({ ctx }) => listApiKeys({ ctx })),
  add: userProcedure.input(AddApiKey).mutation(({ ctx, input }) => addApiKey({ ctx, input })),
  check: userProcedure.input(OneApiKey).mutation(({ ctx, input }) => checkApiKey({ ctx, input })),
  rename: userProcedure.input(RenameApiKey).mutation(({ ctx, input }) => renameApiKey({ ctx, input })),
  replace: userProcedure.input(ReplaceApiKey).mutation(({ ctx, input }) => replaceApiKey({ ctx, input })),
  delete: userProcedure.input(OneApiKey).mutation(({ ctx, input }) => deleteApiKey({ ctx, input })),
})
