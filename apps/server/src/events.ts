/** What processes tell each other through LISTEN/NOTIFY: ids only, never data. */
export type AppEvent =
  | { type: 'wallet'; userId: string; walletId: string }
  | { type: 'session-revoked'; userId: string; sessionId: string | null }

/** Publishes to, and hears from, every process on the same database. */
export interface Events {
  publish: (event: AppEvent) => Promise<void>
  /**
   * Hears events until the returned function is called.
   * `onGap` is called when the connection was lost and events may have been missed.
   */
  subscribe: (handler: (event: AppEvent) => void, onGap?: () => void) => () => void
  close: () => Promise<void>
}
