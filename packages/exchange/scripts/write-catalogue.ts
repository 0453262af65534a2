import { writeFileSync } from 'node:fs'
import { describeExchanges } from '../src/ccxt.ts'

// To be run after an upgrade of ccxt: `pnpm run catalogue`.
const file = new URL('../src/catalogue.json', import.meta.url)
writeFileSync(file, `${JSON.stringify(await describeExchanges(), null, 2)}\n`)
