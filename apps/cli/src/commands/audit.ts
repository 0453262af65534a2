import type { RouterOutputs } from '@opentrade/client'
import type { Command } from 'commander'
import { connect } from '../connection.ts'
import { CommandError, EXIT } from '../failure.ts'
import { localTime, printJson, printTable } from '../output.ts'

type Report = RouterOutputs['audit']['verify']
type Entry = RouterOutputs['audit']['list']['entries'][number]

const MOST_AT_ONCE = 200

interface ListOptions {
  limit: string
  before?: string
  action?: string[]
  from?: string
  to?: string
}

/** `audit list | verify | export`. */
export function addAuditCommand(program: Command): void {
  const audit = program.command('audit').description('the log of what was done in your name')

  audit
    .command('list', { isDefault: true })
    .description('show entries, the newest first')
    .option('--limit <count>', `how many, at most ${MOST_AT_ONCE}`, '50')
    .option('--before <number>', 'only entries before this one')
    .option('--action <name...>', 'only these actions, such as api-key.added')
    .option('--from <time>', 'not before this time, such as 2026-01-31T12:00:00Z')
    .option('--to <time>', 'before this time')
    .action(async (options: ListOptions, command: Command) => {
      const { client, json } = await connect(command)
      const page = await client.audit.list.query({
        limit: countOf(options.limit),
        ...(options.before && { cursor: options.before }),
        ...(options.action && { actions: options.action }),
        ...(options.from && { from: options.from }),
        ...(options.to && { to: options.to }),
      })
      if (json) return printJson(page)
      printEntries(page.entries)
      if (page.next) console.log(`There are older ones: opentrade audit list --before ${page.next}`)
    })

  audit
    .command('verify')
    .description('recompute the chain of the log; exit code 4 when an entry is not as it was written')
    .option(
      '--head <number:hash>',
      'the last entry as you noted it earlier: also finds entries cut off since',
    )
    .action(async (options: { head?: string }, command: Command) => {
      const head = options.head === undefined ? undefined : parseHead(options.head)
      const { client, json } = await connect(command)
      const report = await client.audit.verify.query(head && { head })
      if (json) printJson(report)
      else sayReport(report)
      if (report.broken) process.exitCode = EXIT.refused
    })

  audit
    .command('export')
    .description('print the whole log as JSON lines, the oldest first')
    .action(async (_options: unknown, command: Command) => {
      const { client } = await connect(command)
      for (let after: string | null | undefined; after !== null; ) {
        const part = await client.audit.export.query(after === undefined ? undefined : { after })
        await write(part.lines)
        after = part.next
      }
    })
}

function printEntries(entries: readonly Entry[]): void {
  printTable({
    rows: entries,
    empty: 'Nothing of this kind is in your log.',
    columns: [
      { title: '#', value: (row) => row.seq, right: true },
      { title: 'WHEN', value: (row) => localTime(row.at) },
      { title: 'WHAT', value: (row) => row.action },
      { title: 'OF', value: (row) => row.target },
      { title: 'BY', value: (row) => row.actor },
      { title: 'FROM', value: (row) => row.ip },
    ],
  })
}

const FAULTS: Record<NonNullable<Report['broken']>['reason'], (seq: string) => string> = {
  MISSING: (seq) => `Entry ${seq} is missing: it was taken out of the database.`,
  WRONG_LINK: (seq) =>
    `Entry ${seq} does not continue the one before: it, or those before it, were replaced.`,
  WRONG_HASH: (seq) => `Entry ${seq} was changed after it was written.`,
  CUT_OFF: (seq) => `Entries from ${seq} on are missing: the log ends before the entry that you noted.`,
  NOT_AS_NOTED: (seq) => `Entry ${seq} is not the one that you noted: the log was written anew.`,
}

function sayReport({ verified, head, broken }: Report): void {
  console.log(`${verified} ${verified === 1 ? 'entry is' : 'entries are'} whole.`)
  if (broken) console.log(FAULTS[broken.reason](broken.seq))
  else if (head) console.log(`Note the last one for the next time: --head ${head.seq}:${head.hash}`)
}

function parseHead(text: string): { seq: string; hash: string } {
  const [, seq, hash] = /^([1-9]\d{0,17}):([0-9a-f]{64})$/i.exec(text.trim()) ?? []
  if (seq && hash) return { seq, hash }
  throw new CommandError(
    '--head takes a number, a colon and 64 hexadecimal digits, as `audit verify` prints it.',
    EXIT.usage,
  )
}

function countOf(text: string): number {
  const count = Number(text)
  if (/^\d{1,3}$/.test(text) && count >= 1 && count <= MOST_AT_ONCE) return count
  throw new CommandError(`--limit takes a number from 1 to ${MOST_AT_ONCE}, not "${text}".`, EXIT.usage)
}

/** Waits while what reads the output is slower than the server. */
function write(text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    process.stdout.write(text, (error) => (error ? reject(error) : resolve()))
  })
}
