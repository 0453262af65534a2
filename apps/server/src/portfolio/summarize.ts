import type { UserContext } from '../context.ts'
import type { PortfolioSummary } from './types.ts'

/** Everything of the person's on one page: worth, change, what it is made of, and what needs attention. */
export async function summarizePortfolio({ ctx }: { ctx: UserContext }): Promise<PortfolioSummary> {
  throw new Error(`not written yet for ${ctx.actor.name}`)
}
