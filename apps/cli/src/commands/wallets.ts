import type { Command } from 'commander'
import { connect } from '../connection.ts'
import { localTime, printJson, printTable, usd } from '../output.ts'

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
            { title: 'FREE', value: (row) => row.free, right: true },
            { title: 'LOCKED', value: (row) => row.locked, right: true },
            { title: 'TOTAL', value: (row) => row.total, right: true },
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
          { title: 'ASSETS', value: (row) => String(row.balances.length), right: true },
          { title: 'UNPRICED', value: (row) => String(row.unpricedAssets), right: true },
          { title: 'UPDATED', value: (row) => localTime(row.lastUpdated) },
          { title: 'STATUS', value: (row) => row.syncError?.message ?? row.syncStatus },
        ],
      })
    })
}
