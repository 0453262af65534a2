import { expect, test } from 'vitest'
import { answerStepUp, askStepUp, isStepUpAsked } from './step-up.ts'

test('calls that wait at the same time share one question and its answer', async () => {
  const answers = [askStepUp(), askStepUp()]
  expect(isStepUpAsked()).toBe(true)
  answerStepUp(true)
  expect(await Promise.all(answers)).toEqual([true, true])
  expect(isStepUpAsked()).toBe(false)
})

test('a question after one that was refused is asked anew', async () => {
  const refused = askStepUp()
  answerStepUp(false)
  const confirmed = askStepUp()
  answerStepUp(true)
  expect(await refused).toBe(false)
  expect(await confirmed).toBe(true)
})
