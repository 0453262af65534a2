import type { Client, RouterInputs, RouterOutputs } from '@opentrade/client'
import type { Command } from 'commander'
import { z } from 'zod'
import { connect } from '../connection.ts'
import { CommandError, EXIT } from '../failure.ts'
import { localTime, printJson, printTable } from '../output.ts'
import { askSecret, askText, readStdin } from '../secrets.ts'
import { withStepUp } from '../step-up.ts'

type ApiKey = RouterOutputs['apiKeys']['list'][number]
type Credentials = RouterInputs['apiKeys']['add']['credentials']

interface AddOptions {
  nickname?: string
  label?: string
  purpose?: 'read' | 'trade'
  confirmWithdrawals?: boolean
  stdin?: boolean
  passwordStdin?: boolean
}

/** `keys list | add | check | delete`. */
export function addKeysCommand(program: Command): void {
  const keys = program.command('keys').description('the API keys that you have connected')

  keys
    .command('list', { isDefault: true })
    .description('list your keys, their rights and whether they work')
    .action(async (_options: unknown, command: Command) => {
      const { client, json } = await connect(command)
      const rows = await client.apiKeys.list.query()
      if (json) printJson(rows)
      else printKeys(rows)
    })

  keys
    .command('add')
    .description('connect an exchange; the credentials are asked for, or read as JSON from stdin')
    .argument('<exchange>', 'an id from `opentrade exchanges`')
    .option('--nickname <name>')
    .option('--label <label>', 'names a second account at the same exchange')
    .option('--purpose <purpose>', 'read or trade')
    .option('--confirm-withdrawals', 'store the key although it can withdraw')
    .option('--stdin', 'read {"apiKey": …, "secret": …} from stdin')
    .option('--password-stdin', 'read your password from stdin, if it is asked for')
    .action(async (exchangeId: string, options: AddOptions, command: Command) => {
      if (options.stdin && options.passwordStdin) {
        throw new CommandError('Stdin holds the credentials or the password, not both.', EXIT.usage)
      }
      const { client, json } = await connect(command)
      const credentials = options.stdin
        ? parseCredentials(await readStdin())
        : await askCredentials(client, exchangeId)
      const input = {
        exchangeId,
        credentials,
        ...(options.nickname && { nickname: options.nickname }),
        ...(options.label && { walletLabel: options.label }),
        ...(options.purpose && { purpose: options.purpose }),
        ...(options.confirmWithdrawals && { confirmWithdrawals: true }),
      }
      const { apiKey } = await withStepUp({
        ...{ client, passwordStdin: options.passwordStdin },
        run: () => client.apiKeys.add.mutate(input),
      })
      if (json) printJson(apiKey)
      else printKeys([apiKey])
    })

  keys
    .command('check')
    .description('ask the exchange whether a key works and what it may do')
    .argument('<id>')
    .action(async (apiKeyId: string, _options: unknown, command: Command) => {
      const { client, json } = await connect(command)
      const apiKey = await client.apiKeys.check.mutate({ apiKeyId })
      if (json) printJson(apiKey)
      else printKeys([apiKey])
      if (apiKey.refusedSince) process.exitCode = EXIT.refused
    })

  keys
    .command('delete')
    .description('forget a key; the wallet and its history stay')
    .argument('<id>')
    .option('--password-stdin', 'read your password from stdin, if it is asked for')
    .action(async (apiKeyId: string, options: { passwordStdin?: boolean }, command: Command) => {
      const { client, json } = await connect(command)
      await withStepUp({
        ...{ client, passwordStdin: options.passwordStdin },
        run: () => client.apiKeys.delete.mutate({ apiKeyId }),
      })
      if (json) printJson({ ok: true })
      else console.log('Deleted. Remove the key at the exchange as well.')
    })
}

async function askCredentials(client: Client, exchangeId: string): Promise<Credentials> {
  const { requiredCredentials } = await client.exchanges.get.query({ exchangeId })
  const credentials: Credentials = {}
  for (const field of requiredCredentials) {
    const ask = field.secret ? askSecret : askText
    credentials[field.name] = await ask(field.label, 'Give the credentials as JSON with --stdin.')
  }
  return credentials
}

function parseCredentials(json: string): Credentials {
  try {
    return z.record(z.string(), z.string()).parse(JSON.parse(json))
  } catch {
    throw new CommandError(
      'What came on stdin is not a JSON object of strings, such as {"apiKey": "…", "secret": "…"}.',
      EXIT.usage,
    )
  }
}

function printKeys(rows: ApiKey[]): void {
  printTable({
    rows,
    empty: 'No keys yet. Connect an exchange with `opentrade keys add <exchange>`.',
    columns: [
      { title: 'ID', value: (row) => row.apiKeyId },
      { title: 'EXCHANGE', value: (row) => row.exchangeName },
      { title: 'NICKNAME', value: (row) => row.nickname },
      { title: 'KEY', value: (row) => `…${row.hint}` },
      { title: 'WORKS', value: works },
      { title: 'READ', value: (row) => row.permissions?.read ?? null },
      { title: 'TRADE', value: (row) => row.permissions?.trade ?? null },
      { title: 'WITHDRAW', value: (row) => row.permissions?.withdraw ?? null },
      { title: 'CHECKED', value: (row) => localTime(row.checkedAt) },
    ],
  })
  for (const row of rows)
    if (row.checkError)
      console.log(
        `${row.apiKeyId}: ${row.checkError.message} It will be checked again at ${localTime(row.nextCheckAt)}.`,
      )
}

function works(row: ApiKey): string {
  if (row.isValid === false) return 'no'
  if (row.refusedSince) return 'refused, checking again'
  return row.isValid ? 'yes' : 'not checked'
}
