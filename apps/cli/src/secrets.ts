import { text } from 'node:stream/consumers'
import { input, password } from '@inquirer/prompts'
import { CommandError, EXIT } from './failure.ts'

/** Asks for a secret without showing it. Refused when nobody can type: programs use stdin. */
export async function askSecret(message: string, hint: string): Promise<string> {
  requireTerminal(hint)
  return password({ message, mask: '•' }, { output: process.stderr })
}

/** Asks for something that may be seen. */
export async function askText(message: string, hint: string): Promise<string> {
  requireTerminal(hint)
  return input({ message, required: true }, { output: process.stderr })
}

/** All of stdin, without the line end that a shell adds. */
export async function readStdin(): Promise<string> {
  return (await text(process.stdin)).replace(/\r?\n$/, '')
}

function requireTerminal(hint: string): void {
  if (process.stdin.isTTY) return
  throw new CommandError(`There is no terminal to ask on. ${hint}`, EXIT.usage)
}
