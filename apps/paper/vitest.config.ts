import { defineConfig } from 'vitest/config'
import { patience } from '../../vitest.patience.ts'

export default defineConfig({
  test: {
    ...patience,
    isolate: false,
    name: '@opentrade/paper',
    globalSetup: '@opentrade/db/testing/global-setup',
  },
})
