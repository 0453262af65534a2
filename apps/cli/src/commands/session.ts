import type { Client } from '@opentrade/client'
import type { Command } from 'commander'
import { connect, connectAnew, connectWithToken } from '../connection.ts'
import { sessionPath } from '../env.ts'
import { CommandError, EXIT } from '../failure.ts'
import { printJson } from '../output.ts'
import { askSecret, askText, readStdin } from '../secrets.ts'
import { keepSession, removeSession } from '../session-file.ts'

interface LoginOptions {
  email?: string
  passwordStdin?: boolean
  keep?: boolean
  token?: boolean
}

/** `login`, `logout` and `whoami`. */
export function addSessionCommands(program: Command): void {
  program
    .command('login')
    .description('sign in and keep the session for the next commands')
    .option('--email <address>', 'the account (asked for when left out)')
    .option('--password-stdin', 'read the password from stdin')
    .option('--keep', 'stay signed in for 30 days instead of 30 minutes without use')
    .option('--token', 'with an API token instead, asked for or read from stdin')
    .action((options: LoginOptions, command: Command) =>
      options.token ? logInWithToken(command) : logInWithPassword(options, command),
    )

  program
    .command('logout')
    .description('end the session')
    .action(async (_options: unknown, command: Command) => {
      const { client, json, byToken } = await connect(command)
      if (!byToken) await client.auth.logout.mutate({})
      await removeSession(sessionPath)
      if (json) printJson({ ok: true })
      else if (byToken) console.log('Forgotten here. The token itself is good until it is deleted.')
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
      if (!user) process.exitCode = EXIT.signedOut
    })
}

async function logInWithPassword(options: LoginOptions, command: Command): Promise<void> {
  const { client, json } = await connectAnew(command)
  const email = options.email ?? (await askText('E-mail', 'Give it with --email.'))
  const password = options.passwordStdin
    ? await readStdin()
    : await askSecret('Password', 'Give it on stdin with --password-stdin.')
  const answer = await client.auth.login.mutate({ email, password, keepSignedIn: Boolean(options.keep) })
  const user = 'user' in answer ? answer.user : await answerChallenge(client, answer)
  if (json) printJson(user)
  else console.log(`Signed in as ${user.email}.`)
}

/** A passkey needs a browser: here it is a code of the app, or a recovery code. */
async function answerChallenge(client: Client, asked: { challengeToken: string; methods: string[] }) {
  if (!asked.methods.some((method) => method !== 'passkey')) {
    throw new CommandError(
      'Your account asks for a passkey, which a terminal cannot show. Use an API token: `opentrade login --token`.',
      EXIT.usage,
    )
  }
  const code = await askSecret(
    'Code of your authenticator app, or a recovery code',
    'Use an API token: `opentrade login --token`.',
  )
  const { challengeToken } = asked
  const { user } = await client.auth.loginSecondFactor.mutate({ challengeToken, code })
  return user
}

/** The token is tried first, and kept only if it is good. */
async function logInWithToken(command: Command): Promise<void> {
  const token = process.stdin.isTTY
    ? await askSecret('API token', 'Give it on stdin.')
    : (await readStdin()).trim()
  const { client, url, json } = await connectWithToken(command, token)
  const { user } = await client.auth.me.query()
  if (!user) {
    throw new CommandError(
      'The installation does not accept this token: it is mistyped, deleted, or has run out.',
      EXIT.signedOut,
    )
  }
  await keepSession(sessionPath, { url, cookies: {}, token })
  if (json) printJson(user)
  else console.log(`Signed in as ${user.email} with an API token.`)
}
