import type { Command } from 'commander'
import { connect } from '../connection.ts'
import { localTime, printJson, printTable, usd } from '../output.ts'

/** `portfolio`: the total over all wallets, what it consists of, and what needs attention. */
export function addPortfolioCommand(program: Command): void {
  program
    .command('portfolio')
    .description('show the total, the allocation and what needs attention')
    .action(async (_options: unknown, command: Command) => {
      const { client, json } = await connect(command)
      const summary = await client.portfolio.summary.query()
      if (json) return printJson(summary)
      console.log(
        `Total ${usd(summary.totalUsdValue)}${summary.asOf ? `, as of ${localTime(summary.asOf)}` : ''}`,
      )
      if (summary.change)
        console.log(`Change ${usd(summary.change.usdValue)} since ${localTime(summary.change.since)}`)
      if (summary.unpricedAssets > 0)
        console.log(`${summary.unpricedAssets} asset(s) have no price and are not counted.`)
      console.log()
      printTable({
        rows: summary.allocation,
        empty: 'Nothing held yet. Connect an exchange with `opentrade keys add <exchange>`.',
        columns: [
          { title: 'ASSET', value: (row) => row.asset },
          { title: 'TOTAL', value: (row) => row.total, right: true },
          { title: 'USD', value: (row) => usd(row.usdValue) ?? 'unpriced', right: true },
          { title: 'SHARE', value: (row) => percent(row.share), right: true },
        ],
      })
      for (const item of summary.attention) console.log(`! ${item.message}`)
    })
}

/** A share of 0 to 1 as a percentage with one decimal, for the eye only. */
function percent(share: string | null): string | null {
  return share === null ? null : `${(Number.parseFloat(share) * 100).toFixed(1)}%`
}
