import { Command } from 'commander'
import manifest from '../package.json' with { type: 'json' }
import { addAdminCommand } from './commands/admin.ts'
import { addAuditCommand } from './commands/audit.ts'
import { addExchangesCommand } from './commands/exchanges.ts'
import { addKeysCommand } from './commands/keys.ts'
import { addPortfolioCommand } from './commands/portfolio.ts'
import { addSessionCommands } from './commands/session.ts'
import { addSessionsCommand } from './commands/sessions.ts'
import { addSyncCommand } from './commands/sync.ts'
import { addTokensCommand } from './commands/tokens.ts'
import { addWalletsCommand } from './commands/wallets.ts'
import { addressOf } from './connection.ts'
import { exitCodeOf, isUnreachable, sayError } from './failure.ts'

// Whoever reads the output may have enough of it: `opentrade exchanges | head`.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
  process.exit()
})

const program = new Command('opentrade')
  .description('Exchange keys, wallets and balances of an OpenTrade installation.')
  .version(manifest.version)
  .option('--url <address>', 'the installation; kept by `login` (default: http://localhost:3000)')
  .option('--json', 'print JSON for programs instead of tables')
  // Who gives a secret to an option that does not exist should not find it in a log as well.
  .configureOutput({
    outputError: (text, write) => write(text.replace(/(unknown option '[^'=]*)=[^']*/, '$1=…')),
  })
  .showHelpAfterError('(see `opentrade --help`)')
  .addHelpText(
    'after',
    `
Exit codes: 0 done, 1 unexpected fault, 2 wrong usage, 3 not signed in,
4 refused by the installation or the exchange, or a broken log,
5 unreachable or unavailable.`,
  )
  .exitOverride()

addSessionCommands(program)
addSessionsCommand(program)
addTokensCommand(program)
addExchangesCommand(program)
addKeysCommand(program)
addWalletsCommand(program)
addSyncCommand(program)
addPortfolioCommand(program)
addAuditCommand(program)
addAdminCommand(program)

try {
  await program.parseAsync()
} catch (error) {
  const json = Boolean(program.opts().json)
  sayError(error, json)
  if (isUnreachable(error) && !json) {
    console.error(`It was asked at ${await addressOf(program)}; --url names another address.`)
  }
  process.exitCode = exitCodeOf(error)
}
