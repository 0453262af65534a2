/** Names the page in the browser's tab and history. */
export function DocumentTitle({ children }: { children: string }) {
  return <title>{`${children} · OpenTrade`}</title>
}
