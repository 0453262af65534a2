import { writeFileSync } from 'node:fs'
import { describeExchanges } from '../src/ccxt.ts'

/** Run it after an upgrade of ccxt: `node --import tsx scripts/write-catalogue.ts`. */
const file = new URL('../src/catalogue.json', import.meta.url)
writeFileSync(file, `${JSON.stringify(await describeExchanges(), null, 2)}\n`)
