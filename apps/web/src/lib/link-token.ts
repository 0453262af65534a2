/**
 * What a link of a mail carries: the part behind the #, which no browser sends, or, where something on the way has
 * moved it, the query.
 * @param name `token`, or `invitation`
 * @returns an empty text when there is none
 */
export function linkToken(address: { hash: string; search: string }, name: string): string {
  const fragment = new URLSearchParams(address.hash.replace(/^#/, '')).get(name)
  return fragment ?? new URLSearchParams(address.search).get(name) ?? ''
}
