/** An account type as people write it: "spot" is "Spot". */
export function accountLabel(accountType: string): string {
  const words = accountType.replaceAll(/[_-]+/g, ' ')
  return words.charAt(0).toUpperCase() + words.slice(1)
}
