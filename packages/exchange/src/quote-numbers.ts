/** A whole JSON string, or a JSON number. Strings are matched first, so that nothing inside them is. */
const stringOrNumber = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g

const quoteMark = 34

/**
 * The JSON text with every number turned into a string of the same digits, so that parsing keeps them all.
 * What stands inside strings is left alone; a text that is no JSON stays none.
 */
export function quoteNumbers(json: string): string {
  return json.replace(stringOrNumber, (token) => (token.charCodeAt(0) === quoteMark ? token : `"${token}"`))
}
