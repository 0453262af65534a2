/** Ten minutes' proof of who calls: a signed token. */
export const ACCESS_COOKIE = '__Host-opentrade-access'
/** What a new access token is had for: opaque, and good once. */
export const REFRESH_COOKIE = '__Host-opentrade-refresh'
/** Ten minutes of a journey to a provider of accounts elsewhere and back: what to expect, and good once. */
export const IDENTITY_FLOW_COOKIE = '__Host-opentrade-identity'
