import { mkdirSync, statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { ensureSnapshotPartitions, insertSnapshot, openDatabase } from '@opentrade/db'
import {
  type LoopbackExchange,
  SPOT,
  spotAccount,
  startLoopbackExchange,
  TICKERS,
  tickers,
} from '../apps/server/src/testing/loopback-exchange.ts'
import { createTestClient, TEST_PASSWORD, type TestClient } from '../apps/server/src/testing/test-client.ts'
import { launchBrowser } from './browser.ts'
import { connectPaper, isUpToDate, type Wallet, walletThat } from './paper-wallet.ts'
import { type Product, startProduct } from './product.ts'

// Writes docs/screenshot.png: the dashboard of a made-up person, with a month of made-up history.

const TARGET = fileURLToPath(new URL('../docs/screenshot.png', import.meta.url))
const WINDOW = { width: 1280, height: 860 }
const EMAIL = 'ada@example.org'
const DAYS = 45
const HOUR_MS = 3_600_000

const product = await startProduct()
const exchange = await startLoopbackExchange()
const browser = await launchBrowser()
try {
  await fillInstallation({ product, exchange })
  await takePicture()
  console.log(`${TARGET}: ${Math.round(statSync(TARGET).size / 1000)} kB`)
} finally {
  await browser.close()
  await exchange.close()
  await product.stop()
}

async function fillInstallation(o: { product: Product; exchange: LoopbackExchange }): Promise<void> {
  const client = createTestClient(o.product.url)
  const { userId } = await client.signUp({ email: EMAIL, displayName: 'Ada Lovelace' })
  const paper = await connectPaper(client)
  const wallets = [
    paper.synced,
    await connectExchange({ client, exchange: o.exchange, prices: paper.synced }),
  ]
  const database = openDatabase({ url: o.product.databaseUrl(), poolSize: 2 })
  try {
    const from = new Date(Date.now() - DAYS * 24 * HOUR_MS)
    await ensureSnapshotPartitions(database.pool, { from, months: 3 })
    // History begins with the wallets.
    await database.pool.query('UPDATE wallets SET created_at = $1', [from])
    for (const [index, wallet] of wallets.entries()) {
      const { walletId } = wallet
      for (const { takenAt, factor } of madeUpHistory(index + 1)) {
        const totalUsdValue = (Number(wallet.totalUsdValue) * factor).toFixed(2)
        await insertSnapshot(database.pool, {
          ...{ userId, walletId, takenAt, totalUsdValue, complete: true, holdings: [] },
        })
      }
    }
  } finally {
    await database.close()
  }
}

/** Connects Binance, which here is a server of ours, at the paper exchange's prices. */
async function connectExchange(o: {
  client: TestClient
  exchange: LoopbackExchange
  prices: Wallet
}): Promise<Wallet> {
  const { client, exchange, prices } = o
  const priceOf = (asset: string) =>
    prices.balances.find((balance) => balance.asset === asset)?.usdPrice ?? '1'
  exchange.answer(TICKERS, () => tickers({ BTCUSDT: priceOf('BTC'), ETHUSDT: priceOf('ETH') }))
  exchange.answer(SPOT, () =>
    spotAccount({ BTC: { free: '0.3184', locked: '0.05' }, ETH: { free: '4.75' }, USDT: { free: '6120.4' } }),
  )
  await client.mutateData('exchanges.update', { exchangeId: 'binance', apiBaseUrl: exchange.url })
  const { walletId } = await client.mutateData<{ walletId: string }>('apiKeys.add', {
    exchangeId: 'binance',
    nickname: 'Long-term',
    credentials: { apiKey: 'k'.repeat(64), secret: 's'.repeat(64) },
  })
  return walletThat({ client, walletId, what: 'a first sync', holds: isUpToDate })
}

/** A walk that ends at what the wallet is worth now: the same for the same seed. */
function madeUpHistory(seed: number): { takenAt: Date; factor: number }[] {
  const now = Date.now()
  let state = seed
  let level = 0
  const back: { takenAt: Date; factor: number }[] = []
  for (let hours = 1; hours < DAYS * 24; hours += 1) {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648
    level += (state / 2_147_483_648 - 0.5) * 0.009 - 0.00016
    const wave = Math.sin(hours / 61 + seed) * 0.012 - Math.sin(seed) * 0.012
    back.push({ takenAt: new Date(now - hours * HOUR_MS), factor: Math.exp(level + wave) })
  }
  return back
}

async function takePicture(): Promise<void> {
  const page = await browser.newPage({
    ...{ viewport: WINDOW, deviceScaleFactor: 2, colorScheme: 'light', locale: 'en-US' },
    ...{ timezoneId: 'Europe/Berlin', baseURL: product.url },
  })
  await page.goto('/')
  await page.getByLabel('E-mail').fill(EMAIL)
  await page.getByLabel('Password', { exact: true }).fill(TEST_PASSWORD)
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await page.getByRole('heading', { name: 'Dashboard' }).waitFor()
  await page.locator('.uplot canvas').waitFor()
  await page.evaluate('document.fonts.ready.then(() => undefined)')
  mkdirSync(fileURLToPath(new URL('../docs', import.meta.url)), { recursive: true })
  await page.screenshot({ path: TARGET, animations: 'disabled', caret: 'hide' })
}
