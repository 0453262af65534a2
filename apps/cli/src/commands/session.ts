import type { Command } from 'commander'
import { connect } from '../connection.ts'
import { sessionPath } from '../env.ts'
import { printJson } from '../output.ts'
import { askSecret, askText, readStdin } from '../secrets.ts'
import { removeSession } from '../session-file.ts'

/** `login`, `logout` and `whoami`. */
export function addSessionCommands(program: Command): void {
  program
    .command('login')
    .description('sign in and keep the session for the next commands')
    .option('--email <address>', 'the account (asked for when left out)')
    .option('--password-stdin', 'read the password from stdin')
    .option('--keep', 'stay signed in for 30 days instead of 30 minutes without use')
    .action(
      async (options: { email?: string; passwordStdin?: boolean; keep?: boolean }, command: Command) => {
        const { client, json } = await connect(command)
        const email = options.email ?? (await askText('E-mail', 'Give it with --email.'))
        const password = options.passwordStdin
          ? await readStdin()
          : await askSecret('Password', 'Give it on stdin with --password-stdin.')
        const { user } = await client.auth.login.mutate({
          email,
          password,
          keepSignedIn: Boolean(options.keep),
        })
        if (json) printJson(user)
        else console.log(`Signed in as ${user.email}.`)
      },
    )

  program
    .command('logout')
    .description('end the session')
    .action(async (_options: unknown, command: Command) => {
      const { client, json } = await connect(command)
      await client.auth.logout.mutate({})
      await removeSession(sessionPath)
      if (json) printJson({ ok: true })
      else console.log('Signed out.')
    })

  program
    .command('whoami')
    .description('show who is signed in')
    .action(async (_options: unknown, command: Command) => {
      const { client, json, url } = await connect(command)
      const { user } = await client.auth.me.query()
      if (json) printJson(user)
      else console.log(user ? `${user.email} (${user.role}) at ${url}` : `Nobody is signed in at ${url}`)
    })
}
