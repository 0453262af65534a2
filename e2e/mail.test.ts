import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeCertificate } from '../apps/server/src/testing/certificates.ts'
import { type SmtpInbox, startSmtpInbox } from '../apps/server/src/testing/smtp-inbox.ts'
import { launchBrowser, type WatchedPage } from './browser.ts'
import { freePort } from './free-port.ts'
import { inspect, showIn } from './inspect.ts'
import {
  addAuthenticator,
  confirmByPassword,
  faultsBut,
  fillSignUp,
  givePassword,
  openPerson,
  type Person,
  press,
  signedIn,
  signOut,
} from './person.ts'
import { poll } from './poll.ts'
import { type Product, startProduct } from './product.ts'

const ADA: Person = { email: 'ada@example.org', password: 'maple orbit lantern 42' }
const BOB: Person = { email: 'bob@example.org', password: 'copper tunnel meadow 17' }
const LOGIN = { user: 'trade', password: 'p@ss:word/of the mail server' }
const MAILED_WITHIN_MS = 30_000
const MADE_UP = 'A'.repeat(64)

let folder: string
let inbox: SmtpInbox
let product: Product
let browser: Browser
let baseURL: string
let bob: WatchedPage
let page: Page

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'opentrade-mail-'))
  const certificate = await makeCertificate()
  const trusted = join(folder, 'ca.pem')
  writeFileSync(trusted, certificate.cert)
  const port = await freePort()
  baseURL = `http://localhost:${port}`
  inbox = await startSmtpInbox({ security: 'starttls', certificate, login: LOGIN })
  product = await startProduct({
    env: {
      ...{ PORT: String(port), PUBLIC_URL: baseURL, NODE_EXTRA_CA_CERTS: trusted },
      ...{ SMTP_URL: inbox.url, MAIL_FROM: 'OpenTrade <trade@example.org>' },
    },
  })
  browser = await launchBrowser()
  bob = await openPerson(browser, baseURL)
  page = bob.page
  await addAuthenticator(page)
})

afterAll(async () => {
  await browser?.close()
  await product?.stop()
  await inbox?.close()
  rmSync(folder, { recursive: true, force: true })
})

/** What the newest mail of that subject to somebody says, once it has come. It is taken out of the inbox. */
function told(email: string, subject: string): Promise<string> {
  return poll({
    what: `A mail “${subject}” to ${email}`,
    withinMs: MAILED_WITHIN_MS,
    look() {
      const at = inbox.mails.findLastIndex(
        ({ to, headers }) => to.includes(email) && headers.get('subject') === subject,
      )
      const [mail] = at < 0 ? [] : inbox.mails.splice(at, 1)
      return mail?.text ?? null
    },
  })
}

async function linkTo(email: string, subject: string): Promise<string> {
  const link = /https?:\/\/\S+/.exec(await told(email, subject))?.[0]
  if (link === undefined) throw new Error(`The mail “${subject}” has no link.`)
  return link
}

/** As a click in a mail program does: a page of its own, whatever stood there before. */
async function openLink(link: string): Promise<void> {
  expect(new URL(link).origin).toBe(baseURL)
  await page.goto('about:blank')
  await page.goto(link)
}

async function heading(name: string): Promise<void> {
  await page.getByRole('heading', { name, level: 1 }).waitFor()
}

async function chooseNewPassword(password: string): Promise<void> {
  await page.getByLabel('New password', { exact: true }).fill(password)
  await press(page, 'Change my password')
  await heading('Your password is changed')
}

async function askForReset(): Promise<string> {
  await page.goto('/forgot-password')
  await page.getByLabel('E-mail').fill(BOB.email)
  await press(page, 'Send me a link')
  await page.getByText('Look for a mail').waitFor()
  return linkTo(BOB.email, 'Choose a new password')
}

/** As if five minutes had passed since a second step was asked for. */
async function endChallenges(): Promise<void> {
  const client = new pg.Client({ connectionString: product.databaseUrl() })
  await client.connect()
  await client.query("UPDATE second_factor_challenges SET expires_at = now() - interval '1 second'")
  await client.end()
}

test('the first person is the administrator at once, with a password alone, and confirms the address later', async () => {
  const ada = await openPerson(browser, baseURL)
  await fillSignUp(ada.page, ADA)
  await signedIn(ada.page)
  await ada.page.goto('/settings/account')
  await ada.page.getByText('Administrator of this installation').waitFor()
  await ada.page.getByText('not confirmed').waitFor()
  await inspect(ada, 'account-not-confirmed')
  await ada.page.goto(await linkTo(ADA.email, 'Confirm your e-mail address'))
  await press(ada.page, 'Confirm my address')
  await ada.page.getByRole('heading', { name: 'Your address is confirmed' }).waitFor()
  await ada.page.getByRole('link', { name: 'Go on to OpenTrade' }).click()
  await signedIn(ada.page)
  await ada.page.goto('/settings/account')
  await ada.page.getByText('confirmed', { exact: true }).waitFor()
  expect(ada.takeFaults()).toEqual([])
  await ada.page.context().close()
})

test('everybody else finishes a sign-up by the link of a mail', async () => {
  await fillSignUp(page, BOB)
  await heading('Look for a mail')
  await inspect(bob, 'sign-up-mailed')
  const link = await linkTo(BOB.email, 'Finish signing up at OpenTrade')
  await givePassword(page, BOB)
  await page.getByRole('alert').waitFor()
  expect(faultsBut(bob, '/trpc/auth.login')).toEqual([])

  await openLink(link)
  await inspect(bob, 'verify-email')
  await press(page, 'Confirm my address')
  await heading('Your address is confirmed')
  await inspect(bob, 'verify-email-done')
  await page.getByRole('link', { name: 'Go on to OpenTrade' }).click()
  await heading('Sign in')

  await openLink(link)
  await press(page, 'Confirm my address')
  await page.getByText('This link is not good any more').waitFor()
  expect(faultsBut(bob, '/trpc/auth.verifyEmail')).toEqual([])
  await inspect(bob, 'verify-email-used')
  await givePassword(page, BOB)
  await signedIn(page)
})

test.each([
  ['verify-email', 'Confirm my address'],
  ['confirm-email-change', 'Use this address'],
])('a made-up link to %s says what to do, and so does one without its end', async (path, action) => {
  await openLink(`${baseURL}/${path}#token=${MADE_UP}`)
  await press(page, action)
  await page.getByText('This link is not good any more').waitFor()
  expect(bob.takeFaults().filter((fault) => !fault.includes('/trpc/auth.'))).toEqual([])
  await openLink(`${baseURL}/${path}`)
  await page.getByText('The link is incomplete').waitFor()
  await page.getByRole('link', { name: 'Go on to OpenTrade' }).waitFor()
})

test('an address moves by the link that the new one gets, and the old one is told', async () => {
  const old = BOB.email
  BOB.email = 'robert@example.org'
  await page.goto('/settings/account')
  await page.getByLabel('New address').fill(BOB.email)
  await press(page, 'Change address')
  await page.getByText('Look for a mail at the new address').waitFor()
  await inspect(bob, 'email-change-asked')
  expect(await told(old, 'Your e-mail address is about to change')).toContain(BOB.email)

  await openLink(await linkTo(BOB.email, 'Confirm your new e-mail address'))
  await heading('Change your e-mail address')
  await inspect(bob, 'confirm-email-change')
  await press(page, 'Use this address')
  await heading('Your address is changed')
  expect(await told(old, 'Your e-mail address was changed')).toContain(BOB.email)
  await page.goto('/settings/account')
  await page.locator('main').getByText(BOB.email, { exact: true }).waitFor()
  await signOut(page)
  await givePassword(page, BOB)
  await signedIn(page)
  expect(bob.takeFaults()).toEqual([])
})

test('a new password in the settings ends the other sessions, and this one stays', async () => {
  const other = await openPerson(browser, baseURL)
  await givePassword(other.page, BOB)
  await signedIn(other.page)
  const currentPassword = BOB.password
  BOB.password = 'walnut harbour compass 88'
  await page.goto('/settings/security')
  await page.getByLabel('Current password', { exact: true }).fill('not the password')
  await page.getByLabel('New password', { exact: true }).fill(BOB.password)
  await press(page, 'Change password')
  await page.getByRole('alert').waitFor()
  expect(faultsBut(bob, '/trpc/users.changePassword')).toEqual([])
  await page.getByLabel('Current password', { exact: true }).fill(currentPassword)
  await press(page, 'Change password')
  await page.getByText('Your password is changed. Your other sessions have ended.').waitFor()
  await inspect(bob, 'password-changed')
  expect(await told(BOB.email, 'Your password was changed')).toContain('Other sessions were ended')
  await other.page.goto('/settings')
  await other.page.getByRole('heading', { name: 'Sign in' }).waitFor()
  await givePassword(other.page, BOB)
  await signedIn(other.page)
  await other.page.context().close()
  await page.reload()
  await page.getByRole('heading', { name: 'Password', exact: true }).waitFor()
  expect(bob.takeFaults()).toEqual([])
})

test('a passkey is the second step after a password, and a step that took too long begins anew', async () => {
  await press(page, 'Add a passkey')
  await page.getByLabel('Name', { exact: true }).fill('Test device')
  await press(page, 'Make the passkey')
  // The password that has confirmed it was changed.
  await confirmByPassword(page, BOB)
  await press(page, 'I have kept them')
  expect(faultsBut(bob, '/trpc/secondFactors.passkeyStart')).toEqual([])
  await page.getByText('Test device', { exact: true }).waitFor()
  expect(await told(BOB.email, 'How you sign in was changed')).toContain('A passkey was added')
  await signOut(page)
  await givePassword(page, BOB)
  await heading('One more step')
  await inspect(bob, 'second-step-passkey')
  await endChallenges()
  await press(page, 'Use a passkey')
  await page.getByText('This took too long').waitFor()
  expect(faultsBut(bob, '/trpc/auth.loginSecondFactor')).toEqual([])
  await inspect(bob, 'second-step-ended')
  await givePassword(page, BOB)
  await press(page, 'Use a passkey')
  await signedIn(page)
  expect(bob.takeFaults()).toEqual([])
})

test('who has switched their account off comes back by a new password', async () => {
  await page.goto('/settings/account')
  await press(page, 'Deactivate my account…')
  await page.getByRole('dialog', { name: 'Deactivate your account?' }).waitFor()
  await inspect(bob, 'deactivate')
  await press(page, 'Deactivate')
  await heading('Sign in')
  await page.getByText('Your account is deactivated.').waitFor()
  await inspect(bob, 'deactivated')
  await givePassword(page, BOB)
  await page.getByRole('alert').waitFor()
  expect(faultsBut(bob, '/trpc/auth.login')).toEqual([])

  const link = await askForReset()
  await openLink(link)
  BOB.password = 'pebble window thunder 31'
  await chooseNewPassword(BOB.password)
  expect(await told(BOB.email, 'Your password was changed')).toContain('You are signed out everywhere')
  await openLink(link)
  await page.getByLabel('New password', { exact: true }).fill('another good password 12')
  await press(page, 'Change my password')
  await page.getByText('This link is not good any more').waitFor()
  expect(faultsBut(bob, '/trpc/auth.resetPassword')).toEqual([])
  await inspect(bob, 'reset-password-used')
  await givePassword(page, BOB)
  await press(page, 'Use a passkey')
  await signedIn(page)
})

test('who deletes their account is told what goes, and can sign up anew', async () => {
  await page.goto('/settings/account')
  await press(page, 'Delete my account…')
  await page.getByText('Every API key stored here is destroyed at once').waitFor()
  await inspect(bob, 'delete-account')
  await page.getByLabel('Your e-mail address, to confirm').fill(BOB.email)
  await page.getByLabel('Your password', { exact: true }).fill(BOB.password)
  await press(page, 'Delete for good')
  await page.getByText('Your account is deleted').waitFor()
  await inspect(bob, 'deleted')
  await givePassword(page, BOB)
  await page.getByRole('alert').waitFor()
  expect(faultsBut(bob, '/trpc/auth.login')).toEqual([])

  await fillSignUp(page, BOB)
  await openLink(await linkTo(BOB.email, 'Finish signing up at OpenTrade'))
  await press(page, 'Confirm my address')
  await heading('Your address is confirmed')
  await givePassword(page, BOB)
  await signedIn(page)
  expect(bob.takeFaults()).toEqual([])
})

test('signed out, the pages follow the colours of the system', async () => {
  await signOut(page)
  for (const colorScheme of ['dark', 'light', 'dark'] as const) await showIn(page, colorScheme)
})
