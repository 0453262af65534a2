import { TextField } from '../../components/ui/text-field.tsx'
import { fieldProblem, type Problem } from '../../lib/problem.ts'

interface SetupCodeFieldProps {
  value: string
  onValue: (value: string) => void
  /** Why the form was refused. */
  problem: Problem | null
}

/** Shows that whoever makes the first account, from elsewhere than the server itself, runs that server. */
export function SetupCodeField({ problem, ...field }: SetupCodeFieldProps) {
  return (
    <TextField
      {...field}
      label="Setup code"
      name="setup-code"
      hint="The first account is the administrator's. The server printed this code when it started: look in its terminal, or in the output that your service manager keeps."
      autoComplete="off"
      autoCapitalize="characters"
      autoCorrect="off"
      spellCheck={false}
      required
      className="font-mono tracking-wider"
      problem={fieldProblem(problem, 'setupCode')}
    />
  )
}
