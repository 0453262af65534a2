import { text } from 'node:stream/consumers'
import { CommandError, EXIT } from './failure.ts'

/** Asks for a secret without showing it. Refused when nobody can type: programs use stdin. */
export async function askSecret(message: string, hint: string): Promise<string> {
  requireTerminal(hint)
  const { password } = await loadPrompts()
  return password({ message, mask: '•' }, { output: process.stderr })
}

/** Asks for something that may be seen. */
export async function askText(message: string, hint: string): Promise<string> {
  requireTerminal(hint)
  const { input } = await loadPrompts()
  return input({ message, required: true }, { output: process.stderr })
}

/** All of stdin, without the line end that a shell adds. */
export async function readStdin(): Promise<string> {
  return (await text(process.stdin)).replace(/\r?\n$/, '')
}

/** Loaded only when something is asked: most commands ask nothing, and would wait for it. */
function loadPrompts() {
  return import('@inquirer/prompts')
}

function requireTerminal(hint: string): void {
  if (process.stdin.isTTY) return
  throw new CommandError(`There is no terminal to ask on. ${hint}`, EXIT.usage)
}
