/** True for an exchange whose prices are made up: they value its own wallets and nothing else. */
export function isSimulated(exchangeId: string): boolean {
  return exchangeId === 'paper'
}
