import { writeFile } from 'node:fs/promises'
import { apiPage } from '../apps/server/src/api-page.ts'

await writeFile(new URL('../docs/api.md', import.meta.url), apiPage())
