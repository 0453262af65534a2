import type { TimeFormats } from '@opentrade/format'
import type { ApiKey } from '../../lib/types.ts'

type KeyState = 'unchecked' | 'valid' | 'refused' | 'invalid'

type Judged = Pick<ApiKey, 'isValid' | 'refusedSince'>

/** How a key stands with its exchange. A refused key is not yet called invalid: good ones are refused for a while, too. */
export function keyStateOf({ isValid, refusedSince }: Judged): KeyState {
  if (isValid === false) return 'invalid'
  if (refusedSince) return 'refused'
  return isValid ? 'valid' : 'unchecked'
}

/** When the exchange refused a key and when it is asked again; null if its last answer was good. */
export function refusalTimes(
  apiKey: Judged & Pick<ApiKey, 'exchangeName' | 'checkedAt' | 'nextCheckAt'>,
  formats: Pick<TimeFormats, 'clock' | 'dateTime'>,
): string | null {
  const { exchangeName, refusedSince, checkedAt, nextCheckAt } = apiKey
  if (!refusedSince) return null
  if (keyStateOf(apiKey) === 'invalid')
    return `${exchangeName} has refused this key since ${formats.dateTime(refusedSince)}. Checking again at ${formats.clock(nextCheckAt)}.`
  return `${exchangeName} refused this key at ${formats.clock(checkedAt ?? refusedSince)}. Checking again at ${formats.clock(nextCheckAt)}.`
}
