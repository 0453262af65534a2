import { router, userProcedure } from '../trpc.ts'
import { getSettings } from './get.ts'
import { SetSetting } from './schemas.ts'
import { setSetting } from './set.ts'

export const settingsRouter = router({
  get: userProcedure.query(({ ctx }) => getSettings({ ctx })),
  set: userProcedure.input(SetSetting).mutation(({ ctx, input }) => setSetting({ ctx, input })),
})
