export { createTestDatabase, type TestDatabase } from './testing/database.ts'
export { execute, withDatabase } from './testing/execute.ts'
export { seedApiKey } from './testing/seed.ts'
