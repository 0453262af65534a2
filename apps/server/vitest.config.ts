import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    name: '@opentrade/server',
    include: ['src/**/*.test.ts'],
    globalSetup: '@opentrade/db/testing/global-setup',
  },
})
