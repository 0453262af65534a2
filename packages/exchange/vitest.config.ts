import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: { name: '@opentrade/exchange', include: ['src/**/*.test.ts'] },
})
