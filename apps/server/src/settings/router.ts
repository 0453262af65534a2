import { router, userProcedure } from '../trpc.ts'
import { getSettings } from './get.ts'
import { listRates } from './rates.ts'
import { SetSetting } from './schemas.ts'
import { setSetting } from './set.ts'

const RETURNS =
  '{ theme, locale, timeZone, currency, notifications: { keyInvalid, keyExpires, newDevice }, hideSmallBalances, smallBalanceUsd: Decimal }'

export const settingsRouter = router({
  get: userProcedure
    .meta({ summary: 'All settings of the person: what they chose over the defaults.', returns: RETURNS })
    .query(({ ctx }) => getSettings({ ctx })),
  rates: userProcedure
    .meta({
      summary:
        'What the currencies that amounts may be shown in are worth, as a connected exchange quoted it within a day. One that is missing cannot be shown truthfully: show USD.',
      returns: '`{ currency, usdPrice: Decimal, source, asOf: Iso }[]`, USD first',
    })
    .query(({ ctx }) => listRates({ ctx })),
  set: userProcedure
    .meta({ summary: 'Keeps one setting.', returns: RETURNS })
    .input(SetSetting)
    .mutation(({ ctx, input }) => setSetting({ ctx, input })),
})
