import type { Command } from 'commander'
import { connect } from '../connection.ts'
import { printJson, printTable } from '../output.ts'

/** `exchanges`: what can be connected and what each needs. */
export function addExchangesCommand(program: Command): void {
  program
    .command('exchanges')
    .description('list the exchanges that can be connected')
    .argument('[search]', 'part of an id or a name')
    .action(async (search: string | undefined, _options: unknown, command: Command) => {
      const { client, json } = await connect(command)
      const wanted = search?.toLowerCase() ?? ''
      const rows = (await client.exchanges.list.query()).filter(
        (row) => row.exchangeId.includes(wanted) || row.exchangeName.toLowerCase().includes(wanted),
      )
      if (json) return printJson(rows)
      printTable({
        rows,
        empty: 'No exchange matches.',
        columns: [
          { title: 'ID', value: (row) => row.exchangeId },
          { title: 'NAME', value: (row) => row.exchangeName },
          { title: 'NEEDS', value: (row) => row.requiredCredentials.map((field) => field.name).join(', ') },
          { title: 'ACTIVE', value: (row) => (row.isActive ? 'yes' : 'no') },
        ],
      })
    })
}
