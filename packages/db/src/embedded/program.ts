import { type SpawnOptions, spawn } from 'node:child_process'
import { childEnvironment } from '../env.ts'
import { EmbeddedPostgresError } from './error.ts'
import type { RunAs } from './run-as.ts'

/** Starts one of PostgreSQL's programs as the user that it is to run as. */
export function spawnProgram(runAs: RunAs, commandLine: string[], options: SpawnOptions) {
  const [command = '', ...args] = [...runAs.prefix, ...commandLine]
  return spawn(command, args, { ...options, ...runAs.spawnAs, env: childEnvironment(), cwd: '/' })
}

/**
 * Runs one to its end.
 * @throws EmbeddedPostgresError `START_FAILED` with what it said.
 */
export async function runProgram(runAs: RunAs, commandLine: string[], input = ''): Promise<void> {
  const child = spawnProgram(runAs, commandLine, { stdio: 'pipe' })
  let said = ''
  child.stdout?.on('data', (chunk: Buffer) => {
    said += chunk.toString()
  })
  child.stderr?.on('data', (chunk: Buffer) => {
    said += chunk.toString()
  })
  // A program that ends early closes its input; its exit code says more.
  child.stdin?.on('error', () => undefined)
  child.stdin?.end(input)
  await new Promise<void>((resolve, reject) => {
    child.on('error', (error) => reject(failed(commandLine, error.message)))
    child.on('close', (code) => (code === 0 ? resolve() : reject(failed(commandLine, said))))
  })
}

function failed(commandLine: string[], reason: string): EmbeddedPostgresError {
  return new EmbeddedPostgresError('START_FAILED', `${commandLine[0]} failed: ${reason.trim().slice(-2_000)}`)
}
