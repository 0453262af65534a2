import type { RouterOutputs } from '@opentrade/client'
import { type Command, InvalidArgumentError } from 'commander'
import { connect } from '../connection.ts'
import { localTime, printJson, printTable } from '../output.ts'
import { withStepUp } from '../step-up.ts'

type ApiToken = RouterOutputs['apiTokens']['list'][number]

const SCOPES = ['read', 'trade', 'manage'] as const
type Scope = (typeof SCOPES)[number]

interface CreateOptions {
  scope: Scope[]
  expiresInDays: number | 'never'
  passwordStdin?: boolean
}

/** `tokens list | create | delete`. */
export function addTokensCommand(program: Command): void {
  const tokens = program.command('tokens').description('API tokens, with which programs sign in as you')

  tokens
    .command('list', { isDefault: true })
    .description('list your tokens, what they may do and when they were last used')
    .action(async (_options: unknown, command: Command) => {
      const { client, json } = await connect(command)
      const rows = await client.apiTokens.list.query()
      if (json) printJson(rows)
      else printTokens(rows)
    })

  tokens
    .command('create')
    .description('make a token; it is printed this once')
    .argument('<name>', 'the program that will use it')
    .option('--scope <scopes>', 'read, trade, manage, with commas between', parseScopes, ['read'])
    .option('--expires-in-days <days>', 'from 1 to 365, or never', parseDays, 90)
    .option('--password-stdin', 'read your password from stdin, if it is asked for')
    .action(async (name: string, options: CreateOptions, command: Command) => {
      const { client, json } = await connect(command)
      const expiresInDays = options.expiresInDays === 'never' ? null : options.expiresInDays
      const input = { name, scopes: options.scope, expiresInDays }
      const created = await withStepUp({
        ...{ client, passwordStdin: options.passwordStdin },
        run: () => client.apiTokens.create.mutate(input),
      })
      if (json) return printJson(created)
      console.error('Keep it now: it is not shown again.')
      console.log(created.token)
    })

  tokens
    .command('delete')
    .description('delete a token: nobody can use it any more')
    .argument('<id>')
    .action(async (tokenId: string, _options: unknown, command: Command) => {
      const { client, json } = await connect(command)
      await client.apiTokens.delete.mutate({ tokenId })
      if (json) printJson({ ok: true })
      else console.log('Deleted.')
    })
}

function parseScopes(text: string): Scope[] {
  return text.split(',').map((part) => {
    const scope = SCOPES.find((each) => each === part.trim())
    if (!scope) throw new InvalidArgumentError('It is read, trade or manage, or several with commas.')
    return scope
  })
}

function parseDays(text: string): number | 'never' {
  if (text === 'never') return text
  const days = Number(text)
  if (Number.isInteger(days) && days >= 1 && days <= 365) return days
  throw new InvalidArgumentError('It is a whole number from 1 to 365, or never.')
}

function printTokens(rows: ApiToken[]): void {
  printTable({
    rows,
    empty: 'No tokens yet. Make one with `opentrade tokens create <name>`.',
    columns: [
      { title: 'ID', value: (row) => row.tokenId },
      { title: 'NAME', value: (row) => row.name },
      { title: 'SCOPES', value: (row) => row.scopes.join(', ') },
      { title: 'TOKEN', value: (row) => `ot_…${row.hint}…` },
      { title: 'EXPIRES', value: (row) => localTime(row.expiresAt) ?? 'never' },
      { title: 'LAST USED', value: (row) => localTime(row.lastUsedAt) },
    ],
  })
}
