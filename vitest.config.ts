import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    projects: ['packages/*', 'apps/*', 'e2e/vitest.config.ts'],
    reporters: ['default', 'json'],
    outputFile: { json: 'test-results/report.json' },
  },
})
