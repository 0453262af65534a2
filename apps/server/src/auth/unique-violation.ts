import pg from 'pg'

const UNIQUE_VIOLATION = '23505'

/** Whether PostgreSQL refused a row because another has what must be unique. */
export function isUniqueViolation(error: unknown): boolean {
  return error instanceof pg.DatabaseError && error.code === UNIQUE_VIOLATION
}
