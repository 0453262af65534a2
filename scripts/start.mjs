// `npm start`: installs and builds what is missing, then runs the server in this very process.
// Needs Node and npm only. Progress goes to standard error: standard output gets the one line with the address.
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { runPnpmQuietly } from './pnpm.mjs'
import { hashInputs, isDone, markDone } from './stamp.mjs'

const OLDEST_NODE = [20, 19]
const ROOT = fileURLToPath(new URL('..', import.meta.url))
const INSTALL_STAMP = join(ROOT, 'node_modules/.opentrade/installed')
const BUILD_STAMP = join(ROOT, 'node_modules/.opentrade/built')

const parts = ['apps', 'packages'].flatMap((folder) =>
  readdirSync(join(ROOT, folder)).map((name) => `${folder}/${name}`),
)
const INSTALL_INPUTS = [
  'package.json',
  'pnpm-lock.yaml',
  'pnpm-workspace.yaml',
  ...parts.map((part) => `${part}/package.json`),
]
/** What the web app, the database client and the programs are built from. */
const BUILD_INPUTS = [
  ...INSTALL_INPUTS,
  ...['turbo.json', 'tsconfig.base.json', 'scripts/bundle.mjs', 'apps', 'packages'],
]
const BUILT = [
  ...['apps/web/dist/index.html', 'packages/db/src/generated/client.ts'],
  ...['apps/server/dist/main.mjs', 'apps/paper/dist/main.mjs', 'apps/cli/dist/main.mjs'],
]

requireNode()
endWithNpm()
await install()
await build()
tell('Starting …')
// Errors in the log then name the sources.
process.setSourceMapsEnabled(true)
await import('../apps/server/dist/main.mjs')

function requireNode() {
  const [major, minor] = process.versions.node.split('.').map(Number)
  const [needMajor, needMinor] = OLDEST_NODE
  if (major > needMajor || (major === needMajor && minor >= needMinor)) return
  fail(
    `OpenTrade needs Node ${OLDEST_NODE.join('.')} or newer, and this is ${process.versions.node}. See https://nodejs.org.`,
  )
}

/**
 * npm tells a signal to the shell that it runs us in, and that shell ends without telling us. So we look whether
 * it still is our parent.
 */
function endWithNpm() {
  if (!process.env.npm_lifecycle_event) return
  const shell = process.ppid
  const timer = setInterval(() => {
    if (process.ppid === shell) return
    clearInterval(timer)
    process.kill(process.pid, 'SIGTERM')
  }, 250)
  timer.unref()
}

async function install() {
  const inputs = hashInputs(ROOT, INSTALL_INPUTS)
  if (isDone(INSTALL_STAMP, inputs)) return
  tell('Installing packages (the first time takes a while) …')
  await step(['install', '--frozen-lockfile'], 'The packages could not be installed. Check the connection.')
  markDone(INSTALL_STAMP, inputs)
}

async function build() {
  const inputs = hashInputs(ROOT, BUILD_INPUTS)
  if (isDone(BUILD_STAMP, inputs) && BUILT.every((file) => existsSync(join(ROOT, file)))) return
  tell('Building …')
  await step(['exec', 'turbo', 'run', 'generate', 'build'], 'The build failed.')
  markDone(BUILD_STAMP, inputs)
}

async function step(args, sentence) {
  const { code, output } = await runPnpmQuietly(args)
  if (code === 0) return
  process.stderr.write(`${output.split('\n').slice(-40).join('\n')}\n`)
  fail(`${sentence} What it said is above.`)
}

function tell(line) {
  process.stderr.write(`${line}\n`)
}

function fail(sentence) {
  tell(sentence)
  process.exit(1)
}
