import pg from 'pg'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { RouterOutputs } from '../packages/client/src/index.ts'
import {
  accessibilityFaults,
  launchBrowser,
  openPage,
  sidewaysOverflow,
  takeScreenshot,
  type WatchedPage,
} from './browser.ts'
import { inspect, PHONE, WIDE } from './inspect.ts'
import { freezePaper } from './own-paper.ts'
import { type Product, startProduct } from './product.ts'

type Wallet = RouterOutputs['wallets']['get']

const EMAIL = 'ada@example.org'
const PASSWORD = 'maple orbit lantern 42'

/** Else it would be the language of the machine, which need not have one. */
const A_PERSON = { locale: 'en-US', timezoneId: 'Europe/Berlin' }

const GUEST_PAGES = { 'sign-in': '/sign-in', 'sign-up': '/sign-up' }
const OWN_PAGES = {
  dashboard: '/',
  connect: '/connect',
  'connect-kraken': '/connect/kraken',
  'connect-paper': '/connect/paper',
  keys: '/keys',
  settings: '/settings',
  'not-found': '/no-such-page',
}

let product: Product
let browser: Browser
let context: BrowserContext
let watched: WatchedPage
let page: Page
/** The address of the person's wallet, once there is one. */
let walletPath = ''

beforeAll(async () => {
  product = await startProduct()
  browser = await launchBrowser()
  context = await browser.newContext({
    ...A_PERSON,
    viewport: WIDE,
    colorScheme: 'light',
    baseURL: product.url,
  })
  watched = await openPage(context)
  page = watched.page
})

afterAll(async () => {
  await browser?.close()
  await product?.stop()
})

/** What the API says to the person who is signed in on the page. */
async function ask<Output>(on: Page, procedure: string): Promise<Output> {
  const body = await on.evaluate<{ result: { data: Output } }>(
    `fetch('/trpc/${procedure}').then((answer) => answer.json())`,
  )
  return body.result.data
}

async function openSettled(on: Page, path: string): Promise<void> {
  await on.goto(path)
  await on.locator('h1').first().waitFor()
  // Live updates keep one request open, so a page without any is never to be seen: what shows is what counts.
  await on.locator('[aria-busy=true], .animate-pulse').first().waitFor({ state: 'detached' })
}

/** Opens each page and looks at it. */
async function inspectAll(on: WatchedPage, pages: Record<string, string>): Promise<void> {
  for (const [name, path] of Object.entries(pages)) {
    await openSettled(on.page, path)
    await inspect(on, name)
  }
}

async function chooseTheme(theme: string): Promise<void> {
  await page.getByRole('button', { name: /^Account/ }).click()
  await page.getByRole('menuitemradio', { name: theme }).click()
}

test('the address leads a stranger to sign-in, and the pages for guests are without a fault', async () => {
  await page.goto('/')
  await page.getByRole('heading', { name: 'Sign in' }).waitFor()
  expect(watched.takeFaults()).toEqual([])
  await inspectAll(watched, GUEST_PAGES)
})

test('a refused sign-up keeps what was typed, and a good one leads in', async () => {
  await page.goto('/')
  await page.getByRole('link', { name: 'Create one' }).click()
  await page.getByRole('heading', { name: 'Create your account' }).waitFor()
  await page.getByLabel('E-mail').fill(EMAIL)
  await page.getByLabel('Name').fill('Ada Lovelace')
  await page.getByLabel('Password', { exact: true }).fill('short')
  await page.getByRole('button', { name: 'Create account' }).click()
  await page.getByRole('alert').first().waitFor()
  expect(await page.getByLabel('E-mail').inputValue()).toBe(EMAIL)
  expect(await page.getByLabel('Name').inputValue()).toBe('Ada Lovelace')
  expect(await page.getByLabel('Password', { exact: true }).inputValue()).toBe('short')
  expect(watched.takeFaults().filter((fault) => !fault.includes('/trpc/auth.register'))).toEqual([])

  await page.getByLabel('Password', { exact: true }).fill(PASSWORD)
  await page.getByRole('button', { name: 'Create account' }).click()
  await page.getByRole('heading', { name: 'Where do you hold your assets?' }).waitFor()
  await inspectAll(watched, { welcome: '/' })
})

test('one click connects the paper exchange, and its balances come with their values', async () => {
  await page.goto('/')
  await page.getByRole('button', { name: 'Try the paper exchange' }).click()
  await page.waitForURL('**/wallets/*')
  walletPath = new URL(page.url()).pathname
  await page.getByText('up to date', { exact: true }).waitFor()
  const [wallet] = await ask<Wallet[]>(page, 'wallets.list')
  expect(wallet?.balances.length).toBeGreaterThan(10)
  const rows = page.locator('tbody tr')
  expect(await rows.count()).toBe(wallet?.balances.length)
  for (const [index, balance] of (wallet?.balances ?? []).entries()) {
    const row = rows.nth(index)
    expect(await row.getByRole('rowheader').textContent()).toContain(balance.asset)
    await row.locator(`data[value="${balance.total}"]:visible`).first().waitFor()
    if (balance.usdValue === null) expect(await row.textContent()).toContain('unpriced')
    else await row.locator(`td:last-child data[value="${balance.usdValue}"]`).waitFor()
  }
  const total = page.getByRole('region', { name: 'Total' }).locator('data')
  expect(await total.getAttribute('value')).toBe(wallet?.totalUsdValue)
  expect(watched.takeFaults()).toEqual([])
})

test('a balance opened shows every digit and where its price is from', async () => {
  const wallet = (await ask<Wallet[]>(page, 'wallets.list'))[0]
  const bitcoin = wallet?.balances.find(({ asset, accountType }) => asset === 'BTC' && accountType === 'spot')
  const row = page.locator('tbody tr').filter({ hasText: 'BTC' }).filter({ hasText: /spot/i })
  await row.getByRole('button', { name: /^BTC\s?, details/ }).click()
  await page.getByText('Price from').waitFor()
  const details = await page.locator('tbody').textContent()
  expect(details).toContain(bitcoin?.priceSource)
  expect(watched.takeFaults()).toEqual([])
})

test('a sync shows how far it is and ends with new balances', async () => {
  const before = (await ask<Wallet[]>(page, 'wallets.list'))[0]
  const paper = freezePaper(product)
  try {
    await page.getByRole('button', { name: 'Sync now' }).click()
    const step = page.locator('[aria-current=step]')
    await step.filter({ hasText: 'Reading balances' }).waitFor()
    await takeScreenshot(page, 'wallet-syncing-1280-light')
    expect(await accessibilityFaults(page)).toEqual([])
  } finally {
    paper.goOn()
  }
  await page.getByText('up to date', { exact: true }).waitFor()
  const after = (await ask<Wallet[]>(page, 'wallets.list'))[0]
  expect(Date.parse(after?.lastUpdated ?? '')).toBeGreaterThan(Date.parse(before?.lastUpdated ?? ''))
  expect(watched.takeFaults()).toEqual([])
})

test('every page of a person with a wallet is without a fault, light and dark, wide and narrow', async () => {
  await inspectAll(watched, { ...OWN_PAGES, wallet: walletPath })
})

test('an asset with the longest name leaves the pages as wide as they are', async () => {
  const longest = 'L'.repeat(64)
  const database = new pg.Client({ connectionString: product.databaseUrl() })
  await database.connect()
  try {
    await database.query(
      `INSERT INTO balances (user_id, wallet_id, account_type, asset, free, locked, total)
       SELECT user_id, wallet_id, 'spot', $1, 1, 0, 1 FROM wallets`,
      [longest],
    )
    for (const path of ['/', walletPath]) {
      await openSettled(page, path)
      if (path === '/') await page.getByRole('button', { name: /^Show all/ }).click()
      else await page.getByRole('button', { name: new RegExp(`^${longest}`) }).click()
      for (const size of [PHONE, WIDE]) {
        await page.setViewportSize(size)
        expect({ path, size, sideways: await sidewaysOverflow(page) }).toMatchObject({ sideways: 0 })
      }
    }
  } finally {
    await database.query('DELETE FROM balances WHERE asset = $1', [longest])
    await database.end()
    await page.setViewportSize(WIDE)
  }
  expect(watched.takeFaults()).toEqual([])
})

test('a theme that was chosen stays over a reload and in a new session', async () => {
  await page.goto('/')
  await chooseTheme('Dark')
  const theme = page.locator('html')
  await page.locator('html[data-theme=dark]').waitFor()
  await page.reload()
  await page.getByRole('heading', { name: 'Dashboard' }).waitFor()
  expect(await theme.getAttribute('data-theme')).toBe('dark')
  expect(await ask<RouterOutputs['settings']['get']>(page, 'settings.get')).toMatchObject({ theme: 'dark' })
  await chooseTheme('Light')
  await page.locator('html[data-theme=light]').waitFor()
  expect(watched.takeFaults()).toEqual([])
})

test('a session that ends under a form is begun again in front of it, and what was typed is still there', async () => {
  await openSettled(page, '/connect/kraken')
  await page.getByLabel('Nickname').fill('Long-term')
  await context.clearCookies()
  await page.getByRole('button', { name: 'Check and connect' }).click()
  await page.getByRole('heading', { name: 'Sign in' }).waitFor()
  expect(await accessibilityFaults(page)).toEqual([])
  expect(watched.takeFaults().filter((fault) => !/apiKeys.add|auth.refresh/.test(fault))).toEqual([])
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD)
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: 'Connect Kraken' }).waitFor()
  expect(await page.getByLabel('Nickname').inputValue()).toBe('Long-term')
  expect(watched.takeFaults()).toEqual([])
})

test('signed out, a wrong password keeps what was typed, and the keyboard alone leads back in', async () => {
  await page.getByRole('button', { name: /^Account/ }).click()
  await page.getByRole('menuitem', { name: 'Sign out' }).click()
  await page.getByRole('heading', { name: 'Sign in' }).waitFor()
  expect(watched.takeFaults()).toEqual([])

  await page.goto(walletPath)
  await page.getByRole('heading', { name: 'Sign in' }).waitFor()
  await page.keyboard.type(EMAIL)
  await page.keyboard.press('Tab')
  await page.keyboard.type('not the password')
  await page.keyboard.press('Enter')
  await page.getByRole('alert').first().waitFor()
  expect(await page.getByLabel('E-mail').inputValue()).toBe(EMAIL)
  expect(await page.getByLabel('Password', { exact: true }).inputValue()).toBe('not the password')
  await takeScreenshot(page, 'sign-in-refused-1280-light')
  expect(watched.takeFaults().filter((fault) => !fault.includes('/trpc/auth.login'))).toEqual([])

  await reachByTab(page, 'password')
  await page.keyboard.press('ControlOrMeta+A')
  await page.keyboard.type(PASSWORD)
  for (const _ of ['show the password', 'keep me signed in']) await page.keyboard.press('Tab')
  await page.keyboard.press('Space')
  await page.keyboard.press('Tab')
  await page.keyboard.press('Enter')
  await page.waitForURL(`**${walletPath}`)
  await page.getByText('up to date', { exact: true }).waitFor()
  expect(watched.takeFaults()).toEqual([])
})

test('on a phone, all of it is within reach of a finger', async () => {
  const phone = await browser.newContext({
    ...{ ...A_PERSON, viewport: PHONE, isMobile: true, hasTouch: true, deviceScaleFactor: 2 },
    ...{ colorScheme: 'dark', baseURL: product.url },
  })
  const onPhone = await openPage(phone)
  const { page: small } = onPhone
  await small.goto('/')
  await small.getByLabel('E-mail').fill(EMAIL)
  await small.getByLabel('Password', { exact: true }).fill(PASSWORD)
  await small.getByRole('button', { name: 'Sign in', exact: true }).tap()
  await small.getByRole('heading', { name: 'Dashboard' }).waitFor()
  await takeScreenshot(small, 'dashboard-phone')

  for (const [link, heading] of [
    ['Connect', 'Connect an exchange'],
    ['API keys', 'API keys'],
    ['Settings', 'Settings'],
    ['Dashboard', 'Dashboard'],
  ] as const) {
    await small.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: link }).tap()
    await small.getByRole('heading', { name: heading, level: 1 }).waitFor()
    expect({ heading, sideways: await sidewaysOverflow(small) }).toEqual({ heading, sideways: 0 })
    expect({ heading, faults: await accessibilityFaults(small) }).toEqual({ heading, faults: [] })
  }

  await small.locator(`main a[href^="${walletPath}"]`).first().tap()
  await small
    .getByRole('button', { name: /^BTC\s?, details/ })
    .first()
    .tap()
  await small.getByText('Price from').waitFor()
  expect(await sidewaysOverflow(small)).toBe(0)
  expect(await accessibilityFaults(small)).toEqual([])
  await takeScreenshot(small, 'wallet-phone')
  await small.getByRole('button', { name: /^Account/ }).tap()
  await small.getByRole('menuitem', { name: 'Sign out' }).tap()
  await small.getByRole('heading', { name: 'Sign in' }).waitFor()
  expect(onPhone.takeFaults()).toEqual([])
  await phone.close()
})

/** Moves the focus with the Tab key until the input of that name has it. */
async function reachByTab(on: Page, name: string): Promise<void> {
  for (let presses = 0; presses < 30; presses += 1) {
    if ((await on.evaluate('document.activeElement?.name')) === name) return
    await on.keyboard.press('Tab')
  }
  throw new Error(`The Tab key does not lead to ${name}.`)
}
