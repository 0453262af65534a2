/** What stands behind `Bearer` in an `Authorization` header, whose scheme has no case (RFC 9110, 11.1); null: nothing. */
export function readBearer(authorization: string | undefined): string | null {
  return /^bearer +(.*)$/i.exec(authorization ?? '')?.[1]?.trim() ?? null
}
