import { defineConfig } from 'vitest/config'
import { patience } from '../../vitest.patience.ts'

export default defineConfig({
  test: { ...patience, isolate: false, name: '@opentrade/exchange', include: ['src/**/*.test.ts'] },
})
