import { defineConfig } from 'vitest/config'
import { patience } from '../../vitest.patience.ts'

export default defineConfig({
  test: {
    ...patience,
    name: '@opentrade/server',
    include: ['src/**/*.test.ts'],
    // A quarter of the time went into importing the server anew for each file. No file changes what others see.
    isolate: false,
    globalSetup: '@opentrade/db/testing/global-setup',
  },
})
