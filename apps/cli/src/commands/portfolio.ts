import type { Command } from 'commander'
import { connect } from '../connection.ts'
import { amount, localTime, printJson, printTable, share, usd, usdChange } from '../output.ts'

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
        console.log(`Change ${usdChange(summary.change.usdValue)} since ${localTime(summary.change.since)}`)
      if (summary.unpricedAssets > 0)
        console.log(
          summary.unpricedAssets === 1
            ? '1 asset has no price and is not in the total.'
            : `${summary.unpricedAssets} assets have no price and are not in the total.`,
        )
      console.log()
      printTable({
        rows: summary.allocation,
        empty: 'Nothing held yet. Connect an exchange with `opentrade keys add <exchange>`.',
        columns: [
          { title: 'ASSET', value: (row) => row.asset },
          { title: 'TOTAL', value: (row) => amount(row.total), right: true },
          { title: 'USD', value: (row) => usd(row.usdValue) ?? 'unpriced', right: true },
          { title: 'SHARE', value: (row) => share(row.share), right: true },
        ],
      })
      for (const item of summary.attention) console.log(`! ${item.message}`)
    })
}
