import { defineConfig } from 'vitest/config'

// Journeys through the running product: each file starts its own, so that they do not meet.
export default defineConfig({
  test: {
    name: 'e2e',
    include: ['**/*.test.ts'],
    globalSetup: '@opentrade/db/testing/global-setup',
    testTimeout: 60_000,
    hookTimeout: 60_000,
    fileParallelism: false,
    // After all others: each of these starts a whole product.
    sequence: { groupOrder: 1 },
  },
})
