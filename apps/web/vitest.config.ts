import { defineConfig } from 'vitest/config'
import { patience } from '../../vitest.patience.ts'

export default defineConfig({
  test: { ...patience, isolate: false, name: '@opentrade/web', include: ['src/**/*.test.ts'] },
})
