import pg from 'pg'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { fromBase32, totpCode, totpStep } from '../apps/server/src/auth/totp.ts'
import { launchBrowser, takeScreenshot, type WatchedPage } from './browser.ts'
import { inspect, PHONE, WIDE } from './inspect.ts'
import {
  addAuthenticator,
  confirmByPassword,
  faultsBut,
  fillSignUp,
  givePassword,
  openPerson,
  press,
  signedIn,
  signOut,
} from './person.ts'
import { type Product, startProduct } from './product.ts'

const ADA = { email: 'ada@example.org', password: 'maple orbit lantern 42' }
const BOB = { email: 'bob@example.org', password: 'copper tunnel meadow 17' }
const NEW_PASSWORD = 'walnut harbour compass 88'

let product: Product
let browser: Browser
/** Passkeys need a domain; `localhost` is one, an address is not. */
let baseURL: string
let ada: WatchedPage
let page: Page
let secret: Uint8Array
let recoveryCode = ''

beforeAll(async () => {
  product = await startProduct()
  baseURL = `http://localhost:${new URL(product.url).port}`
  browser = await launchBrowser()
  ada = await openPerson(browser, baseURL)
  page = ada.page
  await addAuthenticator(page)
})

afterAll(async () => {
  await browser?.close()
  await product?.stop()
})

/** The code of the step before this one, of this one, or of the next: each is taken once. */
function codeOf(offset: -1 | 0 | 1): string {
  return totpCode({ secret, step: totpStep(new Date()) + offset })
}

/** As if five minutes had passed since anybody showed who they are. */
async function forgetProofs(): Promise<void> {
  const client = new pg.Client({ connectionString: product.databaseUrl() })
  await client.connect()
  await client.query("UPDATE sessions SET verified_at = now() - interval '10 minutes'")
  await client.end()
}

test('an authenticator app is set up by its QR code, and recovery codes are shown once', async () => {
  await fillSignUp(page, ADA)
  await signedIn(page)
  await page.goto('/settings/security')
  await press(page, 'Set up an app')
  const qr = page.getByRole('img', { name: /^QR code/ })
  await qr.waitFor()
  expect(await page.evaluate<number>('document.querySelector("dialog img").naturalWidth')).toBeGreaterThan(20)
  secret = fromBase32((await page.getByRole('dialog').locator('code').textContent()) ?? '')
  await inspect(ada, 'totp-dialog')

  await page.getByLabel('Code').fill('000000')
  await press(page, 'Turn on')
  await page.getByRole('alert').waitFor()
  expect(await page.getByLabel('Code').inputValue()).toBe('000000')
  await page.getByLabel('Code').fill(codeOf(-1))
  await press(page, 'Turn on')
  const codes = page.getByRole('list', { name: 'Recovery codes' }).getByRole('listitem')
  await codes.first().waitFor()
  expect(await codes.count()).toBe(10)
  recoveryCode = (await codes.first().textContent()) ?? ''
  const download = page.waitForEvent('download')
  await press(page, /Download/)
  expect((await download).suggestedFilename()).toBe('opentrade-recovery-codes.txt')
  expect(faultsBut(ada, '/trpc/secondFactors.totpConfirm')).toEqual([])
  await inspect(ada, 'recovery-codes')
  await press(page, 'I have kept them')
  await page.getByText('You have 10 left.').waitFor()
})

test('the password then asks for a code, which a recovery code can stand in for', async () => {
  await signOut(page)
  await givePassword(page, ADA)
  await page.getByRole('heading', { name: 'One more step' }).waitFor()
  await inspect(ada, 'second-step')
  await page.getByLabel('Code', { exact: true }).fill(codeOf(0))
  await press(page, 'Sign in')
  await signedIn(page)

  await signOut(page)
  await givePassword(page, ADA)
  await page.getByRole('radio', { name: 'Recovery code' }).click()
  await page.getByLabel('Recovery code').fill(recoveryCode)
  await press(page, 'Sign in')
  await signedIn(page)
  await page.goto('/settings/security')
  await page.getByText('You have 9 left.').waitFor()
  expect(ada.takeFaults()).toEqual([])
})

test('a passkey is added after a step-up, signs in alone, is renamed and deleted', async () => {
  await forgetProofs()
  await press(page, 'Add a passkey')
  await page.getByLabel('Name', { exact: true }).fill('Test device')
  await press(page, 'Make the passkey')
  const stepUp = page.getByRole('dialog', { name: 'Confirm that it is you' })
  await stepUp.getByRole('radio', { name: 'Code' }).waitFor()
  expect(faultsBut(ada, '/trpc/secondFactors.passkeyStart')).toEqual([])
  await inspect(ada, 'step-up')
  await stepUp.getByLabel('Password', { exact: true }).fill('not the password')
  await stepUp.getByRole('button', { name: 'Confirm' }).click()
  await stepUp.getByRole('alert').waitFor()
  await stepUp.getByLabel('Password', { exact: true }).fill(ADA.password)
  await stepUp.getByRole('button', { name: 'Confirm' }).click()
  await page.getByText('Test device', { exact: true }).waitFor()
  expect(faultsBut(ada, '/trpc/auth.stepUp')).toEqual([])

  await signOut(page)
  await press(page, 'Sign in with a passkey')
  await signedIn(page)
  await page.goto('/settings/security')
  await press(page, 'Rename Test device')
  await page.getByLabel('Name', { exact: true }).fill('Blue key')
  await press(page, 'Rename')
  await page.getByText('Blue key', { exact: true }).waitFor()
  await page.getByText('At least 8 characters').waitFor()
  await inspect(ada, 'security')
  await forgetProofs()
  await press(page, 'Delete Blue key')
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
  await stepUp.getByRole('radio', { name: 'Passkey' }).click()
  await stepUp.getByRole('button', { name: 'Use a passkey' }).click()
  await page.getByText('A passkey is a key on your phone').waitFor()
  expect(faultsBut(ada, '/trpc/secondFactors.passkeyDelete')).toEqual([])
})

test('a token is made, works for a program, is shown once, and is deleted', async () => {
  await page.goto('/settings/tokens')
  await press(page, 'Create a token')
  await page.getByLabel('Name', { exact: true }).fill('Nightly report')
  await press(page, 'Create the token')
  // The passkey that has confirmed it is deleted.
  await confirmByPassword(page, ADA)
  const token = (await page.getByRole('dialog').locator('code').last().textContent()) ?? ''
  expect(faultsBut(ada, '/trpc/apiTokens.create')).toEqual([])
  await inspect(ada, 'token-created')
  const ask = () =>
    fetch(`${product.url}/trpc/wallets.list`, { headers: { authorization: `Bearer ${token}` } })
  expect((await ask()).status).toBe(200)
  await press(page, 'I have kept it')
  await page.getByText('Nightly report', { exact: true }).waitFor()
  expect(await page.content()).not.toContain(token)
  await inspect(ada, 'tokens')
  await press(page, 'Delete Nightly report')
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
  await page.getByText('No tokens yet').waitFor()
  await expect.poll(async () => (await ask()).status).toBe(401)
  expect(ada.takeFaults()).toEqual([])
})

test('the names, the exported file and the mails are as the person chose', async () => {
  await page.goto('/settings/account')
  await page.getByLabel('Display name').fill('Ada')
  await page.getByLabel('Last name').fill('Lovelace')
  await press(page, 'Save profile')
  await page
    .getByRole('button', { name: /^AAccount|^Account/ })
    .filter({ hasText: 'Ada' })
    .waitFor()
  const download = page.waitForEvent('download')
  await press(page, 'Export my data')
  expect((await download).suggestedFilename()).toMatch(/^opentrade-export-.*\.json$/)
  await inspect(ada, 'account')
  await page.goto('/settings')
  const saved = page.waitForResponse((response) => response.url().includes('settings.set'))
  await page.getByRole('switch', { name: 'A sign-in from a new device' }).click()
  expect((await saved).status()).toBe(200)
  await page.reload()
  const newDevice = page.getByRole('switch', { name: 'A sign-in from a new device' })
  await newDevice.waitFor()
  expect(await newDevice.getAttribute('aria-checked')).toBe('false')
  expect(ada.takeFaults()).toEqual([])
})

test('one signs up by invitation alone, resets a password by the link in the outbox, and is found by the admin', async () => {
  await page.goto('/admin/sign-up')
  await page.getByRole('radio', { name: 'By invitation' }).click()
  await page.getByText('Only whoever has the link').waitFor()
  await press(page, 'Invite somebody')
  await page.getByLabel('Their e-mail address').fill(BOB.email)
  await press(page, 'Make the invitation')
  const invitation = new URL((await page.getByRole('dialog').locator('code').textContent()) ?? '')
  await press(page, 'Done')
  await inspect(ada, 'admin-sign-up')

  const bob = await openPerson(browser, baseURL)
  await bob.page.goto('/sign-up')
  await bob.page.getByText('You need an invitation').waitFor()
  await bob.page.goto('about:blank')
  await fillSignUp(bob.page, BOB, `${invitation.pathname}${invitation.hash}`)
  await signedIn(bob.page)
  await signOut(bob.page)
  await bob.page.getByRole('link', { name: 'Forgot your password?' }).click()
  await bob.page.getByRole('heading', { name: 'Forgot your password?' }).waitFor()
  await bob.page.getByLabel('E-mail').fill(BOB.email)
  await press(bob.page, 'Send me a link')
  await bob.page.getByText('Look for a mail').waitFor()
  await inspect(bob, 'forgot-password')

  const link = await readLink(BOB.email)
  await bob.page.goto(`${link.pathname}${link.hash}`)
  await bob.page.getByLabel('New password', { exact: true }).fill('short')
  await press(bob.page, 'Change my password')
  await bob.page.getByRole('alert').waitFor()
  expect(faultsBut(bob, '/trpc/auth.resetPassword')).toEqual([])
  await inspect(bob, 'reset-password')
  await bob.page.getByLabel('New password', { exact: true }).fill(NEW_PASSWORD)
  await press(bob.page, 'Change my password')
  await bob.page.getByRole('heading', { name: 'Your password is changed' }).waitFor()
  await givePassword(bob.page, { ...BOB, password: NEW_PASSWORD })
  await signedIn(bob.page)

  await page.goto('/admin/users')
  await page.getByLabel('Search').fill('bob@')
  await page.getByText(BOB.email).waitFor()
  await page.getByText(ADA.email).locator('visible=true').nth(1).waitFor({ state: 'detached' })
  await inspect(ada, 'admin-users')
  await press(page, `Deactivate: ${BOB.email}`)
  await page.getByRole('dialog').getByRole('button', { name: 'Deactivate' }).click()
  await page.getByText('The account is deactivated.').waitFor()
  await bob.page.goto('/settings')
  await bob.page.getByRole('heading', { name: 'Sign in' }).waitFor()
  await bob.page.context().close()
})

/** The link of the mail to somebody about a new password: the admin reads it where it waits. */
async function readLink(to: string): Promise<URL> {
  const read = page.getByRole('button', { name: new RegExp(`^Read “.*password.*” to ${to}`, 'i') }).first()
  await expect
    .poll(async () => {
      await page.goto('/admin/outbox')
      await page.getByRole('button', { name: /^Read/ }).first().waitFor()
      return read.isVisible()
    })
    .toBe(true)
  await inspect(ada, 'admin-outbox')
  await read.click()
  const text = (await page.getByRole('dialog').getByText('http').first().textContent()) ?? ''
  await inspect(ada, 'outbox-mail')
  return new URL(/https?:\/\/\S+/.exec(text)?.[0] ?? '')
}

test('another session is seen and ended, and its browser is led to sign-in', async () => {
  const other = await openPerson(browser, baseURL)
  await givePassword(other.page, ADA)
  await other.page.getByLabel('Code', { exact: true }).fill(codeOf(1))
  await press(other.page, 'Sign in')
  await signedIn(other.page)
  await page.goto('/settings/sessions')
  await page.getByText('this one').waitFor()
  await inspect(ada, 'sessions')
  await page
    .getByRole('button', { name: /^End the session of/ })
    .first()
    .click()
  await page.getByRole('button', { name: /^End the session of/ }).waitFor({ state: 'detached' })
  await other.page.goto('/settings')
  await other.page.getByRole('heading', { name: 'Sign in' }).waitFor()
  await other.page.context().close()
})

test('on a phone, the tab of the page that is open is in view', async () => {
  await page.setViewportSize(PHONE)
  await page.goto('/settings/tokens')
  const tab = page.getByRole('navigation', { name: 'Settings' }).getByRole('link', { name: 'API tokens' })
  const rightEdge = async () => {
    const box = await tab.boundingBox()
    return box ? box.x + box.width : Number.POSITIVE_INFINITY
  }
  await expect.poll(rightEdge).toBeLessThanOrEqual(PHONE.width)
  await takeScreenshot(page, 'tokens-phone')
  await page.setViewportSize(WIDE)
})
