import { z } from 'zod'

/** Times in a JWT are seconds since 1970, perhaps with a fraction (RFC 7519, section 2). */
const NumericDate = z.number().nonnegative().max(9_999_999_999)

const Claims = z.looseObject({
  iss: z.string(),
  // Neither control characters nor halves of characters: two that differ in them could be stored as the same.
  sub: z
    .string()
    .min(1)
    .max(255)
    .regex(/^[^\p{Cc}\p{Cs}]*$/u),
  exp: NumericDate,
  iat: NumericDate,
  nbf: NumericDate.optional(),
  aud: z.union([z.string(), z.array(z.string())]).optional(),
})
export type Claims = z.infer<typeof Claims>

interface Expected {
  /** The issuer, to the letter. */
  issuer: string
  /** One of these must be among the token's audiences; null: the token needs none. */
  audiences: readonly string[] | null
  now: Date
  /** By how much the clock of the issuer may differ from ours. */
  skewSeconds: number
}

/**
 * Reads the claims of a payload whose signature was verified, for a token that is good now and meant for us.
 * @returns null when anything is missing, malformed, over, not begun, or meant for others
 */
export function readJwtClaims(payload: Uint8Array, expected: Expected): Claims | null {
  const claims = Claims.safeParse(parseJson(payload))
  if (!claims.success) return null
  const { iss, exp, iat, nbf = 0, aud = [] } = claims.data
  const now = expected.now.getTime() / 1000
  const { skewSeconds: skew, audiences } = expected
  if (iss !== expected.issuer || exp <= now - skew || iat > now + skew || nbf > now + skew) return null
  const meantFor = [aud].flat()
  if (audiences && !audiences.some((audience) => meantFor.includes(audience))) return null
  return claims.data
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch {
    return null
  }
}
