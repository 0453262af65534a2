#!/usr/bin/env node
import { existsSync } from 'node:fs'

// `npm start` and `npm run build` make the bundle, which starts in a fraction of the time.
const bundle = new URL('../dist/main.mjs', import.meta.url)
if (existsSync(bundle)) {
  await import(bundle.href)
} else {
  const { register } = await import('tsx/esm/api')
  register()
  await import('../src/main.ts')
}
