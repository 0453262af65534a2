import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    name: '@opentrade/paper',
    globalSetup: '@opentrade/db/testing/global-setup',
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
})
