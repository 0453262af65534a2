/** A price is carried forward, with its age, for one day. After that the asset is unpriced. */
export const CARRY_MS = 24 * 3_600_000
