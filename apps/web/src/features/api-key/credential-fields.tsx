import { SecretField } from '../../components/ui/secret-field.tsx'
import { TextField } from '../../components/ui/text-field.tsx'
import { fieldProblem, type Problem } from '../../lib/problem.ts'
import type { CredentialField, Credentials } from '../../lib/types.ts'

interface CredentialFieldsProps {
  fields: readonly CredentialField[]
  credentials: Credentials
  onCredentials: (credentials: Credentials) => void
  problem: Problem | null
  /** Puts the focus on the first of them. */
  autoFocus?: boolean
}

/** The inputs that one exchange asks for. What is typed lives in memory alone and is gone with the page. */
export function CredentialFields(props: CredentialFieldsProps) {
  const { fields, credentials, onCredentials, problem, autoFocus = false } = props
  return fields.map((field, index) => {
    const shared = {
      autoFocus: autoFocus && index === 0,
      label: field.label,
      hint: field.hint,
      value: credentials[field.name] ?? '',
      onValue: (value: string) => onCredentials({ ...credentials, [field.name]: value }),
      problem: fieldProblem(problem, field.name),
      name: `opentrade-${field.name}`,
      autoComplete: 'off',
      required: true,
    } as const
    if (field.secret) return <SecretField key={field.name} {...shared} multiline={field.multiline} />
    return (
      <TextField
        key={field.name}
        {...shared}
        spellCheck={false}
        autoCapitalize="none"
        autoCorrect="off"
        className="font-mono text-sm"
      />
    )
  })
}
