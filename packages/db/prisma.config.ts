import { defineConfig } from 'prisma/config'

// `prisma generate` asks for the schema engine's binary without using it. Any executable will do, which
// saves its download; migrations run through the engine's WebAssembly build (src/migrate.ts).
process.env.PRISMA_SCHEMA_ENGINE_BINARY ??= process.execPath

export default defineConfig({
  schema: 'prisma/schema.prisma',
  migrations: { path: 'prisma/migrations' },
  datasource: { url: process.env.DATABASE_URL ?? '' },
})
