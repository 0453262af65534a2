import { router } from '../trpc.ts'
import { accountRouters } from './account-router.ts'

/** What an administrator does for the whole installation. */
export const adminRouter = router({ ...accountRouters })
