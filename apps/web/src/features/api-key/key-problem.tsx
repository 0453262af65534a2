import { CheckboxField } from '../../components/ui/checkbox-field.tsx'
import { Notice } from '../../components/ui/notice.tsx'
import { formProblem, type Problem } from '../../lib/problem.ts'

interface KeyProblemProps {
  problem: Problem
  exchangeName: string
  /** Names of the fields that the form shows, each with its own fault beside it. */
  fields: readonly string[]
  confirmed: boolean
  onConfirmed: (confirmed: boolean) => void
}

/** Why a key was not stored. For one that can withdraw, the step that confirms it all the same. */
export function KeyProblem({ problem, exchangeName, fields, confirmed, onConfirmed }: KeyProblemProps) {
  if (problem.reason !== 'WITHDRAWALS_ENABLED') {
    return (
      <Notice tone="problem" title={titleOf(problem, exchangeName)} live>
        {formProblem(problem, fields)}
      </Notice>
    )
  }
  return (
    <Notice tone="warning" title="This key can move funds out" live>
      <div className="grid gap-3">
        <p>{problem.message}</p>
        <p>OpenTrade never withdraws. But whoever gets hold of this key could.</p>
        <CheckboxField
          label="I know that this key can withdraw, and want to store it all the same"
          checked={confirmed}
          onChecked={onConfirmed}
        />
      </div>
    </Notice>
  )
}

function titleOf(problem: Problem, exchangeName: string): string {
  if (problem.reason === 'KEY_REFUSED') return `${exchangeName} did not accept the key`
  if (problem.exchangeCode === 'RESTRICTED_LOCATION') return `${exchangeName} does not serve this server`
  if (problem.reason === 'EXCHANGE_UNAVAILABLE') return `${exchangeName} could not be reached`
  if (problem.reason === 'OTHER_ACCOUNT') return 'This key is of another account'
  return 'The key was not stored'
}
