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
        'What the currencies that amounts may be shown in are worth, by the markets of connected exchanges within a day. One that is missing has no price: show USD. Rates of a simulated exchange are given only to a person whose wallets are all simulated.',
      returns: '`{ currency, usdPrice: Decimal, source, asOf: Iso, simulated: boolean }[]`, USD first',
    })
    .query(({ ctx }) => listRates({ ctx })),
  set: userProcedure
    .meta({ summary: 'Keeps one setting.', returns: RETURNS })
    .input(SetSetting)
    .mutation(({ ctx, input }) => setSetting({ ctx, input })),
})
