/** RFC 2606: nothing is ever delivered to it. */
const DOMAIN = 'identity.invalid'

/** What stands for the address of somebody whose issuer vouches for none. */
export function noAddressOf(userId: string): string {
  return `${userId}@${DOMAIN}`
}

/** Whether an address is such a stand-in: no mail is sent to it. */
export function isNoAddress(email: string): boolean {
  return email.endsWith(`@${DOMAIN}`)
}

/** What somebody types to confirm that their account is to go: its address, or a word where it has none. */
export function farewellOf(email: string): string {
  return isNoAddress(email) ? 'delete' : email
}
