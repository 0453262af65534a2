// Reading of JSON whose shape is only the exchange's word: each function returns something empty for the rest.

/** True for a JSON object, as opposed to an array or null. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The array itself, else an empty one. */
export function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : []
}

/** The non-empty string itself, else null. */
export function textOf(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null
}

/** What stands at a path of keys; undefined where the path ends early. */
export function at(value: unknown, ...path: (string | number)[]): unknown {
  let here = value
  for (const key of path) {
    if (Array.isArray(here)) here = typeof key === 'number' ? here[key] : undefined
    else if (isRecord(here) && Object.hasOwn(here, key)) here = here[key]
    else return undefined
  }
  return here
}

/** Words under which exchanges put what went wrong: they answer nothing. */
const faultWords = /^(error|errors|message|msg|status|code|success|path|timestamp)$/i

/** True for a list, or an object with a part that can hold what was asked for: an answer, if perhaps an empty one. */
export function holdsStructure(json: unknown): boolean {
  if (Array.isArray(json)) return true
  if (!isRecord(json)) return false
  return Object.entries(json).some(
    ([key, part]) => !faultWords.test(key) && typeof part === 'object' && part !== null,
  )
}
