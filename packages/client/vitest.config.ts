import { defineConfig } from 'vitest/config'

export default defineConfig({ test: { name: '@opentrade/client', include: ['src/**/*.test.ts'] } })
