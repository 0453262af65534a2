import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    name: '@opentrade/server',
    include: ['src/**/*.test.ts'],
    globalSetup: '@opentrade/db/testing/global-setup',
    // Two busy cores: a server, a database and a paper exchange start in each hook.
    hookTimeout: 60_000,
    testTimeout: 20_000,
  },
})
