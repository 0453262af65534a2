import { CommanderError } from 'commander'
import { expect, test } from 'vitest'
import { CommandError, EXIT, exitCodeOf } from './failure.ts'

test.each([
  ['a refusal of the command itself has the code it names', new CommandError('No.', EXIT.refused), 4],
  [
    'and it keeps that code when a call has wrapped it',
    new Error('', { cause: new CommandError('No.', 2) }),
    2,
  ],
  ['help and version are no failure', new CommanderError(0, 'commander.help', ''), 0],
  ['wrong arguments are wrong usage', new CommanderError(1, 'commander.unknownOption', ''), 2],
  ['a prompt that was closed is wrong usage', Object.assign(new Error(), { name: 'ExitPromptError' }), 2],
  ['anything else is a fault', new TypeError('x is not a function'), 1],
  ['even what is no error', 'text', 1],
])('%s', (_name, error, code) => {
  expect(exitCodeOf(error)).toBe(code)
})
