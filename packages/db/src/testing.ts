export { createTestDatabase, type TestDatabase } from './testing/database.ts'
export { seedApiKey } from './testing/seed.ts'
