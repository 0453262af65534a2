/**
 * Returns PostgreSQL's text form of an array of texts (manual, section 8.15.6). pg makes one too, and takes
 * half as long again, which counts where a statement carries thousands of values.
 */
export function arrayLiteral(values: readonly (string | null)[]): string {
  return `{${values.map(element).join(',')}}`
}

/** The text form of an array of times. Most rows of a sync share one Date, which is written once. */
export function timeArrayLiteral(values: readonly (Date | null)[]): string {
  const written = new Map<Date, string>()
  return arrayLiteral(
    values.map((value) => {
      if (value === null) return null
      const known = written.get(value) ?? value.toISOString()
      written.set(value, known)
      return known
    }),
  )
}

function element(value: string | null): string {
  if (value === null) return 'NULL'
  return /["\\]/.test(value) ? `"${value.replace(/["\\]/g, '\\$&')}"` : `"${value}"`
}
