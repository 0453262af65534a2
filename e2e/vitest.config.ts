import { defineConfig } from 'vitest/config'
import { patience } from '../vitest.patience.ts'

// Journeys through the running product: each file starts its own, so that they do not meet.
export default defineConfig({
  test: {
    ...patience,
    // A journey looks at many pages.
    testTimeout: 300_000,
    hookTimeout: 120_000,
    name: 'e2e',
    include: ['**/*.test.ts'],
    globalSetup: '@opentrade/db/testing/global-setup',
  },
})
