import { adminRouter } from './admin/router.ts'
import { apiKeyRouter } from './api-key/router.ts'
import { auditRouter } from './audit/router.ts'
import { apiTokenRouter } from './auth/api-token-router.ts'
import { authRouter } from './auth/router.ts'
import { secondFactorRouter } from './auth/second-factor-router.ts'
import { sessionRouter } from './auth/session-router.ts'
import { exchangeRouter } from './exchange/router.ts'
import { paperRouter } from './paper/router.ts'
import { portfolioRouter } from './portfolio/router.ts'
import { settingsRouter } from './settings/router.ts'
import { router } from './trpc.ts'
import { userRouter } from './user/router.ts'
import { walletRouter } from './wallet/router.ts'

/** The whole API on one page. */
export const appRouter = router({
  auth: authRouter,
  users: userRouter,
  secondFactors: secondFactorRouter,
  sessions: sessionRouter,
  apiTokens: apiTokenRouter,
  exchanges: exchangeRouter,
  apiKeys: apiKeyRouter,
  wallets: walletRouter,
  portfolio: portfolioRouter,
  settings: settingsRouter,
  paper: paperRouter,
  audit: auditRouter,
  admin: adminRouter,
})

export type AppRouter = typeof appRouter
