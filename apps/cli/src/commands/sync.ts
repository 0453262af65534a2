import { setTimeout as delay } from 'node:timers/promises'
import { apiErrorOf, type Client, hasReason, type RouterOutputs } from '@opentrade/client'
import type { Command } from 'commander'
import { connect } from '../connection.ts'
import { CommandError, EXIT } from '../failure.ts'
import { printJson, usd } from '../output.ts'

type Wallet = RouterOutputs['wallets']['get']

const POLL_MS = 300

/** `sync [id]`: reads the balances now and waits until they are there. */
export function addSyncCommand(program: Command): void {
  program
    .command('sync')
    .description('read balances from the exchanges now, and wait for the result')
    .argument('[id]', 'one wallet; all of them when left out')
    .option('--no-wait', 'only ask for it')
    .option('--timeout <seconds>', 'how long to wait', '120')
    .action(
      async (walletId: string | undefined, options: { wait: boolean; timeout: string }, command: Command) => {
        const timeoutMs = secondsOf(options.timeout) * 1000
        const { client, json } = await connect(command)
        const requested = walletId
          ? [await client.wallets.sync.mutate({ walletId })]
          : await requestAll(client)
        if (!options.wait)
          return json ? printJson(requested) : console.log(`Syncing ${requested.length} wallet(s).`)
        if (requested.length === 0 && !json) return console.log('There is nothing to sync.')
        const deadline = Date.now() + timeoutMs
        const wallets = await Promise.all(
          requested.map(({ walletId: id }) => waitForSync({ client, walletId: id, deadline, quiet: json })),
        )
        if (json) printJson(wallets)
        if (wallets.some((wallet) => wallet.syncStatus === 'failed')) process.exitCode = EXIT.refused
      },
    )
}

type Requested = RouterOutputs['wallets']['sync']

/** Asks for every wallet that has a key to read with; one that has none is named and does not keep the others. */
async function requestAll(client: Client): Promise<Requested[]> {
  const wallets = await client.wallets.list.query()
  const requested = await Promise.all(
    wallets.map(async (wallet) => {
      try {
        return await client.wallets.sync.mutate({ walletId: wallet.walletId })
      } catch (error) {
        if (!hasReason(error, 'NO_KEY', 'NO_READ_KEY')) throw error
        console.error(`${nameOf(wallet)}: ${apiErrorOf(error)?.message}`)
        return null
      }
    }),
  )
  return requested.filter((request) => request !== null)
}

async function waitForSync(o: {
  client: Client
  walletId: string
  deadline: number
  quiet: boolean
}): Promise<Wallet> {
  let step: string | null = null
  for (;;) {
    const wallet = await o.client.wallets.get.query({ walletId: o.walletId })
    const name = nameOf(wallet)
    if (wallet.syncStatus === 'idle' || wallet.syncStatus === 'failed') {
      if (!o.quiet)
        console.log(`${name}: ${wallet.syncError?.message ?? `${usd(wallet.totalUsdValue)}, up to date`}`)
      return wallet
    }
    if (wallet.syncStep !== step && !o.quiet)
      console.error(`${name}: ${wallet.syncStep ?? wallet.syncStatus}…`)
    step = wallet.syncStep
    if (Date.now() > o.deadline) {
      throw new CommandError(
        `${name} is still syncing. It goes on; look with \`opentrade wallets\`.`,
        EXIT.unavailable,
      )
    }
    await delay(POLL_MS)
  }
}

function secondsOf(text: string): number {
  if (/^\d{1,5}$/.test(text)) return Number(text)
  throw new CommandError(`--timeout takes whole seconds, not "${text}".`, EXIT.usage)
}

function nameOf({ exchangeName, label }: Pick<Wallet, 'exchangeName' | 'label'>): string {
  return label ? `${exchangeName} (${label})` : exchangeName
}
