import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    projects: ['packages/*', 'apps/*', 'e2e/vitest.config.ts'],
    // One is the default on two cores, and most tests wait for PostgreSQL, for HTTP or for the pace of an exchange.
    maxWorkers: Math.max(3, availableParallelism() - 1),
    reporters: ['default', 'json'],
    outputFile: { json: 'test-results/report.json' },
  },
})
