import { formProblem, type Problem } from '../../lib/problem.ts'
import { Notice } from './notice.tsx'

/** What stands above a form that was refused; `fields` are those that show their own sentences. */
export function FormProblem({ problem, fields }: { problem: Problem | null; fields: readonly string[] }) {
  if (!problem) return null
  return (
    <Notice tone="problem" live>
      {formProblem(problem, fields)}
    </Notice>
  )
}
