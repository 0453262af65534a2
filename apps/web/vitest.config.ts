import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: { name: '@opentrade/web', include: ['src/**/*.test.ts'] },
})
