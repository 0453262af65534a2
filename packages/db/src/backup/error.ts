/**
 * Why there is no backup, or none is restored:
 * - `NO_DATABASE`: the home has no database,
 * - `NOT_REACHABLE`: the database is running but cannot be read by this user,
 * - `ROWS_HIDDEN`: the role of the connection would not see every row,
 * - `FILE_EXISTS`, `NO_FOLDER`, `NOT_WRITTEN`: the archive could not be written under that name,
 * - `NOT_AN_ARCHIVE`: the file is something else,
 * - `DAMAGED`: the archive is incomplete or was changed,
 * - `NEWER_ARCHIVE`: a newer version made the archive,
 * - `NOT_EMPTY`: the home or the database that it should go to holds something,
 * - `NOT_RESTORED`: the database refused the data.
 */
export type BackupErrorCode =
  | 'NO_DATABASE'
  | 'NOT_REACHABLE'
  | 'ROWS_HIDDEN'
  | 'FILE_EXISTS'
  | 'NO_FOLDER'
  | 'NOT_WRITTEN'
  | 'NOT_AN_ARCHIVE'
  | 'DAMAGED'
  | 'NEWER_ARCHIVE'
  | 'NOT_EMPTY'
  | 'NOT_RESTORED'

/** Its message is a sentence for the operator that says what to do. */
export class BackupError extends Error {
  override readonly name = 'BackupError'
  readonly code: BackupErrorCode

  constructor(code: BackupErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
