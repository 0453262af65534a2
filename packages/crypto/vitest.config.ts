import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: { name: '@opentrade/crypto', include: ['src/**/*.test.ts'], environment: 'node' },
})
