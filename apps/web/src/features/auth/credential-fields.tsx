import { SecretField } from '../../components/ui/secret-field.tsx'
import { TextField } from '../../components/ui/text-field.tsx'
import { fieldProblem, type Problem } from '../../lib/problem.ts'

interface CredentialFieldProps {
  value: string
  onValue: (value: string) => void
  /** Why the form was refused. */
  problem: Problem | null
  autoFocus?: boolean
}

/** The address of whoever is not signed in, the first field of its form. */
export function EmailField({ problem, ...rest }: CredentialFieldProps) {
  return (
    <TextField
      label="E-mail"
      type="email"
      name="email"
      autoComplete="username"
      autoFocus
      required
      problem={fieldProblem(problem, 'email')}
      {...rest}
    />
  )
}

interface NewPasswordFieldProps extends CredentialFieldProps {
  label?: string
  /** With a second factor beside it, a password may be shorter. */
  hasSecondFactor?: boolean
}

/** A password that nobody has yet, with what it must be like. */
export function NewPasswordField({
  label = 'New password',
  hasSecondFactor = false,
  problem,
  ...rest
}: NewPasswordFieldProps) {
  const least = hasSecondFactor ? 8 : 15
  return (
    <SecretField
      label={label}
      name="new-password"
      autoComplete="new-password"
      required
      hint={`At least ${least} characters. A few words in a row are easy to remember and hard to guess.`}
      problem={fieldProblem(problem, 'newPassword') ?? fieldProblem(problem, 'password')}
      {...rest}
    />
  )
}
