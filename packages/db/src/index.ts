export { type Database, type OpenDatabaseOptions, openDatabase, type Queryable } from './database.ts'
export { Prisma, PrismaClient } from './generated/client.ts'
export { uuidv7 } from './uuidv7.ts'
