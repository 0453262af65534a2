import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    projects: ['packages/*', 'apps/*', 'e2e'],
    reporters: ['default', 'json'],
    outputFile: { json: 'test-results/report.json' },
  },
})
