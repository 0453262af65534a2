import type { Command } from 'commander'
import { connect } from '../connection.ts'
import { CommandError, EXIT } from '../failure.ts'
import { localTime, printJson, printTable } from '../output.ts'

/** `sessions list | revoke`. */
export function addSessionsCommand(program: Command): void {
  const sessions = program.command('sessions').description('where you are signed in')

  sessions
    .command('list', { isDefault: true })
    .description('list your sessions, the last used first')
    .action(async (_options: unknown, command: Command) => {
      const { client, json } = await connect(command)
      const rows = await client.sessions.list.query()
      if (json) return printJson(rows)
      printTable({
        rows,
        empty: 'You are signed in nowhere.',
        columns: [
          { title: 'ID', value: (row) => row.sessionId },
          { title: 'DEVICE', value: (row) => (row.current ? `${row.device} (this one)` : row.device) },
          { title: 'ADDRESS', value: (row) => row.ip },
          { title: 'SIGNED IN', value: (row) => localTime(row.createdAt) },
          { title: 'LAST USED', value: (row) => localTime(row.lastUsedAt) },
        ],
      })
    })

  sessions
    .command('revoke')
    .description('end a session, or with --others all but this one')
    .argument('[id]')
    .option('--others', 'all but this one')
    .action(async (sessionId: string | undefined, options: { others?: boolean }, command: Command) => {
      if ((sessionId === undefined) === !options.others) {
        throw new CommandError('Give the id of a session, or --others.', EXIT.usage)
      }
      const { client, json } = await connect(command)
      const answer =
        sessionId === undefined
          ? await client.sessions.revokeOthers.mutate({})
          : { ...(await client.sessions.revoke.mutate({ sessionId })), revoked: 1 }
      if (json) printJson(answer)
      else console.log(answer.revoked === 1 ? 'Ended 1 session.' : `Ended ${answer.revoked} sessions.`)
    })
}
