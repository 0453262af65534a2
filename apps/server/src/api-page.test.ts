import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { apiPage, proceduresOf } from './api-page.ts'
import { appRouter } from './router.ts'

test('docs/api.md is what the router says; `npm run docs` writes it anew', async () => {
  expect(await readFile(new URL('../../../docs/api.md', import.meta.url), 'utf8')).toBe(apiPage())
})

test('every procedure says what it does and what it returns', () => {
  const silent = proceduresOf(appRouter).filter(({ meta }) => !(meta.summary && meta.returns))
  expect(silent.map(({ path }) => path)).toEqual([])
})
