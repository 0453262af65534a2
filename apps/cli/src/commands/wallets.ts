import type { Command } from 'commander'
import { connect } from '../connection.ts'
import { amount, localTime, printJson, printTable, usd } from '../output.ts'

/** `wallets [id]`: every wallet, or the balances of one. */
export function addWalletsCommand(program: Command): void {
  program
    .command('wallets')
    .description('list your wallets, or the balances of one')
    .argument('[id]', "a wallet's id")
    .action(async (walletId: string | undefined, _options: unknown, command: Command) => {
      const { client, json } = await connect(command)
      if (walletId) {
        const wallet = await client.wallets.get.query({ walletId })
        if (json) return printJson(wallet)
        return printTable({
          rows: wallet.balances,
          empty: wallet.lastUpdated ? 'This wallet is empty.' : 'Not synced yet: `opentrade sync`.',
          columns: [
            { title: 'ASSET', value: (row) => row.asset },
            { title: 'ACCOUNT', value: (row) => row.accountType },
            { title: 'FREE', value: (row) => amount(row.free), right: true },
            { title: 'LOCKED', value: (row) => amount(row.locked), right: true },
            { title: 'TOTAL', value: (row) => amount(row.total), right: true },
            { title: 'USD', value: (row) => usd(row.usdValue) ?? 'unpriced', right: true },
            { title: 'PRICE FROM', value: (row) => row.priceSource },
          ],
        })
      }
      const wallets = await client.wallets.list.query()
      if (json) return printJson(wallets)
      printTable({
        rows: wallets,
        empty: 'No wallets yet. Connect an exchange with `opentrade keys add <exchange>`.',
        columns: [
          { title: 'ID', value: (row) => row.walletId },
          { title: 'EXCHANGE', value: (row) => row.exchangeName },
          { title: 'LABEL', value: (row) => row.label || null },
          { title: 'USD', value: (row) => usd(row.totalUsdValue), right: true },
          { title: 'ASSETS', value: (row) => String(countAssets(row.balances)), right: true },
          { title: 'UNPRICED', value: (row) => String(row.unpricedAssets), right: true },
          { title: 'UPDATED', value: (row) => localTime(row.lastUpdated) },
          { title: 'STATUS', value: (row) => row.syncError?.message ?? row.syncStatus },
        ],
      })
    })
}

/** One asset may lie in several account types. */
function countAssets(balances: readonly { asset: string }[]): number {
  return new Set(balances.map((balance) => balance.asset)).size
}
