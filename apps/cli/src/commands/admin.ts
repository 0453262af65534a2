import { setTimeout as delay } from 'node:timers/promises'
import type { Client, RouterOutputs } from '@opentrade/client'
import type { Command } from 'commander'
import { type Connection, connect } from '../connection.ts'
import { CommandError, EXIT } from '../failure.ts'
import { localTime, printJson, printTable } from '../output.ts'
import { withStepUp } from '../step-up.ts'
import { addBackupCommands } from './backup.ts'

type KeyStatus = RouterOutputs['admin']['keys']['status']
type Rotation = RouterOutputs['admin']['keys']['rotation']
type VaultCheck = RouterOutputs['admin']['keys']['vaultCheck']['checks'][number]

const POLL_MS = 300
const BAR_WIDTH = 30

/**
 * `admin vault check` and `admin keys status|rotate-root|rotate-data|abandon|retire`, for administrators; the
 * backup commands, for whoever operates the machine.
 */
export function addAdminCommand(program: Command): void {
  const admin = program.command('admin').description('look after the installation: its keys and backups')
  addBackupCommands(admin)
  addVaultCommand(admin)
  const keys = admin.command('keys').description('root keys and data keys')
  addStatusCommand(keys)
  addRotateCommands(keys)
  addAbandonCommand(keys)
  addRetireCommand(keys)
}

function addVaultCommand(admin: Command): void {
  admin
    .command('vault')
    .description('the providers of root keys')
    .command('check')
    .description('prove that every configured provider wraps, unwraps and refuses; nothing stored is touched')
    .action(async (_options: unknown, command: Command) => {
      const { client, json } = await connect(command)
      const { ok, checks } = await client.admin.keys.vaultCheck.mutate()
      if (json) printJson({ ok, checks })
      else for (const check of checks) printCheck(check)
      if (!ok) process.exitCode = exitCodeOfChecks(checks)
    })
}

const AWAY = /^PROVIDER_(UNAVAILABLE|TIMEOUT|SEALED|RATE_LIMITED):/

/** What a script can tell of checks that failed: whether a provider is away for now, or does not do what it should. */
export function exitCodeOfChecks(checks: readonly VaultCheck[]): number {
  const failures = checks.flatMap(({ steps }) => steps.filter(({ outcome }) => outcome === 'failed'))
  return failures.every(({ detail }) => AWAY.test(detail)) ? EXIT.unavailable : EXIT.refused
}

function printCheck(check: VaultCheck): void {
  console.log(`${check.provider}: ${check.ok ? 'everything works' : 'it does not work'}`)
  printTable({
    rows: check.steps,
    empty: 'Nothing was tried.',
    columns: [
      { title: 'STEP', value: (step) => step.step },
      { title: 'OUTCOME', value: (step) => step.outcome },
      { title: 'MS', value: (step) => String(step.milliseconds), right: true },
      { title: 'DETAIL', value: (step) => step.detail },
    ],
  })
}

function addStatusCommand(keys: Command): void {
  keys
    .command('status')
    .description('which root keys there are, what each wraps, and the last rotations')
    .action(async (_options: unknown, command: Command) => {
      const { client, json } = await connect(command)
      const status = await client.admin.keys.status.query()
      if (json) printJson(status)
      else printStatus(status)
      if (status.problem) process.exitCode = EXIT.unavailable
    })
}

function printStatus(status: KeyStatus): void {
  console.log(`Providers: ${status.providers.join(', ')}`)
  if (status.problem) console.error(`${status.problem.code}: ${status.problem.message}`)
  printTable({
    rows: status.rootKeys,
    empty: 'There is no root key.',
    columns: [
      { title: 'ROOT KEY', value: (key) => key.rootKeyId },
      { title: 'PROVIDER', value: (key) => key.provider },
      { title: 'STATE', value: stateOf },
      { title: 'DATA KEYS', value: (key) => String(key.dataKeys), right: true },
      { title: 'SIGNING KEYS', value: (key) => String(key.signingKeys), right: true },
      { title: 'SECRETS', value: (key) => String(key.secrets), right: true },
    ],
  })
  console.log('')
  printTable({
    rows: status.rotations,
    empty: 'Nothing was rotated yet.',
    columns: [
      { title: 'ROTATION', value: (rotation) => rotation.rotationId },
      { title: 'OF', value: (rotation) => (rotation.kind === 'root' ? 'root key' : 'data keys') },
      { title: 'STATE', value: (rotation) => rotation.status },
      { title: 'DONE', value: (rotation) => `${rotation.done} of ${rotation.total}`, right: true },
      { title: 'STARTED', value: (rotation) => localTime(rotation.startedAt) },
      { title: 'PROBLEM', value: (rotation) => rotation.error?.message ?? '' },
    ],
  })
}

function stateOf(key: KeyStatus['rootKeys'][number]): string {
  if (key.isCurrent) return 'current'
  if (key.isRetired) return 'retired'
  return key.isInUse ? 'in use' : 'unused'
}

interface RotateOptions {
  wait: boolean
  passwordStdin?: boolean
  user?: string
}

function addRotateCommands(keys: Command): void {
  keys
    .command('rotate-root')
    .description('wrap everything anew with a new root key, while readers and writers go on')
    .option('--no-wait', 'only start it')
    .option('--password-stdin', 'read your password from stdin, if it is asked for')
    .action(async (options: RotateOptions, command: Command) => {
      const connection = await connect(command)
      const { client } = connection
      const started = await withStepUp({
        ...{ client, passwordStdin: options.passwordStdin },
        run: () => client.admin.keys.rotateRoot.mutate(),
      })
      await follow({ connection, options, started })
    })
  keys
    .command('rotate-data')
    .description('seal every stored secret anew with new data keys, while readers and writers go on')
    .option('--user <id>', 'the secrets of one person only')
    .option('--no-wait', 'only start it')
    .option('--password-stdin', 'read your password from stdin, if it is asked for')
    .action(async (options: RotateOptions, command: Command) => {
      const connection = await connect(command)
      const { client } = connection
      const started = await withStepUp({
        ...{ client, passwordStdin: options.passwordStdin },
        run: () =>
          client.admin.keys.rotateData.mutate(options.user === undefined ? {} : { userId: options.user }),
      })
      await follow({ connection, options, started })
    })
}

async function follow(o: {
  connection: Connection
  options: RotateOptions
  started: { rotationId: string; joined: boolean }
}): Promise<void> {
  const { connection, options, started } = o
  const { client, json } = connection
  if (!options.wait) {
    if (json) return printJson(started)
    console.log(`Rotation ${started.rotationId} is under way. Look with \`opentrade admin keys status\`.`)
    return
  }
  if (started.joined && !json) console.error('A rotation was under way already; this is how far it is.')
  const rotation = await watch({ client, rotationId: started.rotationId, quiet: json })
  if (json) printJson(rotation)
  else console.log(outcomeOf(rotation))
  if (rotation.status === 'failed' || rotation.status === 'abandoned') process.exitCode = EXIT.refused
}

/** Draws one line over and over on a terminal; elsewhere a line for each change of state. */
async function watch(o: { client: Client; rotationId: string; quiet: boolean }): Promise<Rotation> {
  const { client, rotationId, quiet } = o
  const live = !quiet && process.stderr.isTTY
  let said = ''
  for (;;) {
    const rotation = await client.admin.keys.rotation.query({ rotationId })
    const ended = rotation.finishedAt !== null
    if (live) process.stderr.write(`\r\u001b[2K${lineOf(rotation)}${ended ? '\n' : ''}`)
    const state = `${rotation.status} ${rotation.step} ${rotation.error?.message ?? ''}`
    if (!quiet && !live && state !== said) console.error(lineOf(rotation))
    said = state
    if (ended) return rotation
    await delay(POLL_MS)
  }
}

function lineOf({ done, total, status, step, error }: Rotation): string {
  const share = total === 0 ? Number(status === 'done') : done / total
  const filled = Math.round(share * BAR_WIDTH)
  const bar = `${'#'.repeat(filled)}${'.'.repeat(BAR_WIDTH - filled)}`
  const state = error ? `${status}: ${error.message}` : step
  return `[${bar}] ${Math.floor(share * 100)}% ${done} of ${total} ${state}`
}

function outcomeOf({ kind, status, done, error, rootKey }: Rotation): string {
  if (status === 'abandoned') return `The rotation was abandoned after ${done}.`
  if (status === 'failed') return `The rotation failed after ${done}. ${error?.message ?? ''}`
  if (kind === 'data')
    return `Done: ${done} stored secrets have new data keys. The old ones are destroyed soon.`
  return `Done: ${done} keys were wrapped anew by ${rootKey?.rootKeyId ?? 'the new root key'}. Back it up, then retire the old one: \`opentrade admin keys status\` names it.`
}

function addAbandonCommand(keys: Command): void {
  keys
    .command('abandon')
    .description('give up a rotation that has not ended; everything can still be opened')
    .argument('[id]', 'the rotation, as `status` names it; the one under way when left out')
    .option('--password-stdin', 'read your password from stdin, if it is asked for')
    .action(async (id: string | undefined, options: { passwordStdin?: boolean }, command: Command) => {
      const { client, json } = await connect(command)
      const rotationId = id ?? (await openRotationOf(client))
      const rotation = await withStepUp({
        ...{ client, passwordStdin: options.passwordStdin },
        run: () => client.admin.keys.abandonRotation.mutate({ rotationId }),
      })
      if (json) printJson(rotation)
      else console.log('The rotation was abandoned. You can start another at any time.')
    })
}

async function openRotationOf(client: Client): Promise<string> {
  const { rotations } = await client.admin.keys.status.query()
  const [found, ...others] = rotations.filter(({ finishedAt }) => finishedAt === null)
  if (!found) throw new CommandError('No rotation is under way.', EXIT.refused)
  if (others.length > 0) {
    throw new CommandError('Several rotations are under way: name the one to abandon.', EXIT.usage)
  }
  return found.rotationId
}

interface RetireOptions {
  provider?: string
  passwordStdin?: boolean
}

function addRetireCommand(keys: Command): void {
  keys
    .command('retire')
    .description('retire a root key by which nothing is wrapped any more')
    .argument('<id>', 'the root key, as `status` names it')
    .option('--provider <name>', 'where it is, when several have one of that id')
    .option('--password-stdin', 'read your password from stdin, if it is asked for')
    .action(async (rootKeyId: string, options: RetireOptions, command: Command) => {
      const { client, json } = await connect(command)
      const provider = options.provider ?? (await providerOf(client, rootKeyId))
      const retired = await withStepUp({
        ...{ client, passwordStdin: options.passwordStdin },
        run: () => client.admin.keys.retire.mutate({ provider, rootKeyId }),
      })
      if (json) printJson(retired)
      else console.log(`The root key ${rootKeyId} is retired. ${retired.next}`)
    })
}

async function providerOf(client: Client, rootKeyId: string): Promise<string> {
  const { rootKeys } = await client.admin.keys.status.query()
  const [found, ...others] = rootKeys.filter((key) => key.rootKeyId === rootKeyId)
  if (!found) throw new CommandError(`There is no root key "${rootKeyId}".`, EXIT.refused)
  if (others.length > 0) {
    throw new CommandError(`Several providers have a root key "${rootKeyId}": add --provider.`, EXIT.usage)
  }
  return found.provider
}
