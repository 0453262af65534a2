/** Whom an access token stands for, as the database said when it was last asked. */
export interface AccessIdentity {
  userId: string
  sessionId: string
  role: 'user' | 'admin'
}

/** Issues and checks the short-lived tokens that requests carry. */
export interface AccessTokens {
  /** A signed token that is good for ten minutes. */
  issue: (o: { userId: string; sessionId: string }) => Promise<string>
  /** The identity when this process has checked the token already: costs a Map lookup. */
  peek: (token: string) => AccessIdentity | null
  /** Null: forged, expired, revoked, or of a deactivated user. */
  verify: (token: string) => Promise<AccessIdentity | null>
  close: () => void
}
