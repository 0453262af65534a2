import { router, userProcedure } from '../trpc.ts'
import { getSettings } from './get.ts'
import { SetSetting } from './schemas.ts'
import { setSetting } from './set.ts'

const RETURNS = '{ theme, locale, timeZone, hideSmallBalances, smallBalanceUsd: Decimal }'

export const settingsRouter = router({
  get: userProcedure
    .meta({ summary: 'All settings of the person: what they chose over the defaults.', returns: RETURNS })
    .query(({ ctx }) => getSettings({ ctx })),
  set: userProcedure
    .meta({ summary: 'Keeps one setting.', returns: RETURNS })
    .input(SetSetting)
    .mutation(({ ctx, input }) => setSetting({ ctx, input })),
})
