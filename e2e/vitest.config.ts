import { defineConfig } from 'vitest/config'
import { patience } from '../vitest.patience.ts'

// Journeys through the running product: each file starts its own, so that they do not meet.
export default defineConfig({
  test: {
    ...patience,
    name: 'e2e',
    include: ['**/*.test.ts'],
    globalSetup: '@opentrade/db/testing/global-setup',
    fileParallelism: false,
    // After all others: each of these starts a whole product.
    sequence: { groupOrder: 1 },
  },
})
