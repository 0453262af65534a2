/**
 * Why the embedded PostgreSQL does not serve a folder:
 * - `IN_USE`: a living process serves it already,
 * - `NO_BINARIES`: this platform has no packaged PostgreSQL,
 * - `NO_SYSTEM_USER`: started as root, and there is no user to run PostgreSQL as,
 * - `UNREACHABLE_FOLDER`: the user that runs PostgreSQL may not enter the folder,
 * - `NOT_A_DATA_FOLDER`: the folder holds something else, or belongs to another user,
 * - `WRONG_VERSION`: another major version made the data,
 * - `DISK_FULL`: there is no room for what a start has to write,
 * - `START_FAILED`: anything else, with the last lines of PostgreSQL's log.
 */
export type EmbeddedPostgresErrorCode =
  | 'IN_USE'
  | 'NO_BINARIES'
  | 'NO_SYSTEM_USER'
  | 'UNREACHABLE_FOLDER'
  | 'NOT_A_DATA_FOLDER'
  | 'WRONG_VERSION'
  | 'DISK_FULL'
  | 'START_FAILED'

/** Its message is a sentence for the operator that says what to do. */
export class EmbeddedPostgresError extends Error {
  override readonly name = 'EmbeddedPostgresError'
  readonly code: EmbeddedPostgresErrorCode

  constructor(code: EmbeddedPostgresErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
