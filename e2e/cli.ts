import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'

const PROGRAM = fileURLToPath(new URL('../apps/cli/bin/opentrade.mjs', import.meta.url))

/** How a run of the command ended. */
export interface CommandResult {
  code: number | null
  stdout: string
  stderr: string
}

/** The `opentrade` command as a shell script runs it. */
export interface Command {
  run: (args: string[], stdin?: string) => Promise<CommandResult>
  /** The document that a run with `--json` printed, which must go well. */
  json: <Output>(args: string[], stdin?: string) => Promise<Output>
  /** All that was printed by all runs. */
  printed: () => string
}

/** @param o.sessionFile where this person's session is kept */
export function createCommand(o: { url: string; sessionFile: string }): Command {
  let printed = ''
  const { PATH = '', HOME = '' } = process.env
  const env = { PATH, HOME, OPENTRADE_URL: o.url, OPENTRADE_SESSION: o.sessionFile }

  async function run(args: string[], stdin = ''): Promise<CommandResult> {
    const child = spawn(process.execPath, [PROGRAM, ...args], { env })
    // A command that does not read its input may end before it was written.
    child.stdin.on('error', () => undefined)
    child.stdin.end(stdin)
    const [stdout, stderr] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      child.exitCode === null && once(child, 'close'),
    ])
    printed += stdout + stderr
    return { code: child.exitCode, stdout, stderr }
  }

  return {
    run,
    async json<Output>(args: string[], stdin?: string) {
      const { code, stdout, stderr } = await run(['--json', ...args], stdin)
      if (code !== 0) throw new Error(`opentrade ${args.join(' ')} ended with ${code}: ${stderr}`)
      // The border of the tests: whoever asked asserts what it holds.
      return JSON.parse(stdout) as Output
    },
    printed: () => printed,
  }
}
