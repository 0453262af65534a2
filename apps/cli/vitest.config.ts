import { defineConfig } from 'vitest/config'

export default defineConfig({ test: { name: '@opentrade/cli', include: ['src/**/*.test.ts'] } })
