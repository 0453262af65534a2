import pg from 'pg'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type LoopbackIssuer, startLoopbackIssuer } from '../apps/server/src/testing/loopback-issuer.ts'
import { launchBrowser, type WatchedPage } from './browser.ts'
import { inspect as inspectPage } from './inspect.ts'
import { openPerson, press as pressOn, signedIn as signedInOn, signOut as signOutOn } from './person.ts'
import { type Product, startProduct } from './product.ts'

const ADA = { sub: 'ada', email: 'ada@example.org', email_verified: true, name: 'Ada' }
const GRACE = { sub: 'grace', name: 'Grace' }

let issuer: LoopbackIssuer
let product: Product
let browser: Browser
/** Another site than the issuer's, so that cookies travel as they do between real ones. */
let baseURL: string
let ada: WatchedPage
let page: Page

beforeAll(async () => {
  issuer = await startLoopbackIssuer({ now: () => new Date() })
  issuer.people(ADA, GRACE)
  const providers = [
    { name: 'Company', issuer: issuer.issuer, clientId: 'opentrade', clientSecret: 'secret of ours' },
    { name: 'Elsewhere', issuer: 'https://id.example.org', audience: 'opentrade' },
  ]
  product = await startProduct({ env: { OIDC_ISSUERS: JSON.stringify(providers) } })
  baseURL = `http://localhost:${new URL(product.url).port}`
  issuer.register({
    ...{ clientId: 'opentrade', clientSecret: 'secret of ours' },
    redirectUris: [`${baseURL}/sign-in-with/oidc-1/callback`],
  })
  browser = await launchBrowser()
  ada = await openPerson(browser, baseURL)
  page = ada.page
})

afterAll(async () => {
  await browser?.close()
  await product?.stop()
  await issuer?.close()
})

const press = (name: string) => pressOn(page, name)
const signedIn = () => signedInOn(page)
const signOut = () => signOutOn(page)
/** What it finds is told apart by the name of this journey. */
const inspect = (name: string) => inspectPage(ada, `provider-${name}`)

/** Chooses on the page of the issuer. */
async function choose(on: Page, name: string): Promise<void> {
  await on.getByRole('heading', { name: 'Who are you?' }).waitFor()
  await on.getByRole('link', { name, exact: true }).click()
}

/** Faults but for the refusals of a call that the test means to be refused. */
function takeFaults(refusedCall = 'nothing'): string[] {
  return ada.takeFaults().filter((fault) => !fault.includes(`/trpc/${refusedCall}`))
}

/** As if five minutes had passed since anybody showed who they are. */
async function forgetProofs(): Promise<void> {
  const client = new pg.Client({ connectionString: product.databaseUrl() })
  await client.connect()
  await client.query("UPDATE sessions SET verified_at = now() - interval '10 minutes'")
  await client.end()
}

/** Shows again who one is, in the window that opens for it. */
async function stepUp(): Promise<void> {
  const dialog = page.getByRole('dialog', { name: 'Confirm that it is you' })
  const opened = page.context().waitForEvent('page')
  await dialog.getByRole('button', { name: 'Sign in at Company' }).click()
  const window = await opened
  const closed = window.waitForEvent('close')
  await choose(window, 'Ada')
  await dialog.waitFor({ state: 'detached' })
  await closed
}

test('one signs up at the provider, and signs in there again', async () => {
  await page.goto('/sign-up')
  await page.getByRole('button', { name: 'Sign up with Company' }).waitFor()
  await inspect('sign-up')
  await press('Sign up with Company')
  await choose(page, 'Ada')
  await signedIn()
  expect(new URL(page.url()).search).toBe('')
  await page.goto('/settings/account')
  await page.getByText(ADA.email).first().waitFor()

  await signOut()
  await page.goto('/sign-in?next=/settings/security')
  await page.getByRole('button', { name: 'Sign in with Company' }).waitFor()
  await inspect('sign-in')
  await press('Sign in with Company')
  await choose(page, 'Ada')
  await page.getByRole('heading', { name: 'Accounts elsewhere' }).waitFor()
  expect(takeFaults()).toEqual([])
})

test('whoever goes back from the provider finds the page ready', async () => {
  await signOut()
  await page.goto('/sign-in')
  await press('Sign in with Company')
  await page.getByRole('heading', { name: 'Who are you?' }).waitFor()
  await page.goBack()
  await press('Sign in with Company')
  await choose(page, 'Ada')
  await signedIn()
  expect(takeFaults()).toEqual([])
})

test('a refusal there is told plainly, and changes nothing', async () => {
  await signOut()
  await page.goto('/sign-in')
  await press('Sign in with Company')
  await choose(page, 'Deny')
  await page.getByRole('heading', { name: 'Nothing has changed' }).waitFor()
  expect(new URL(page.url()).search).toBe('')
  expect(takeFaults('auth.finishIdentity')).toEqual([])
  await inspect('denied')
  await page.getByRole('link', { name: 'Back to sign-in' }).click()
  await page.getByRole('heading', { name: 'Sign in', exact: true }).waitFor()
})

test('an address that comes back without a journey, or once more, is refused', async () => {
  await page.goto('/sign-in-with/oidc-1/callback?code=stolen&state=made-up')
  await page.getByRole('heading', { name: 'This has run out' }).waitFor()
  expect(new URL(page.url()).search).toBe('')
  expect(takeFaults('auth.finishIdentity')).toEqual([])
  await inspect('lost')
  await page.goto('/sign-in-with/oidc-1/callback')
  await page.getByText('is not complete').waitFor()
  expect(takeFaults()).toEqual([])
})

test('a provider that the installation is no client of asks for a token, as before', async () => {
  await page.goto('/sign-in')
  await page.getByRole('link', { name: 'Sign in with Elsewhere' }).click()
  await page.getByRole('textbox', { name: 'Token from Elsewhere' }).waitFor()
  await inspect('paste')
  await page.goto('/sign-in-with/oidc-1')
  await page.getByRole('button', { name: 'Go on to Company' }).waitFor()
  await inspect('open')
  await page.getByLabel('Keep me signed in').check()
  await press('Go on to Company')
  await choose(page, 'Ada')
  await signedIn()
})

test('a further account is linked after a step-up at the provider, signs in, and is unlinked', async () => {
  await forgetProofs()
  await page.goto('/settings/security')
  await press('Link an account of Company')
  await page.getByRole('button', { name: 'Sign in at Company' }).waitFor()
  expect(takeFaults('users.startIdentityLink')).toEqual([])
  await inspect('step-up')
  await stepUp()
  await choose(page, 'Grace')
  await page.getByText('That account signs you in from now on.').waitFor()
  const unlink = page.getByRole('button', { name: 'Unlink Company' })
  await unlink.nth(1).waitFor()
  await inspect('security')

  await signOut()
  await press('Sign in with Company')
  await choose(page, 'Grace')
  await signedIn()
  await page.goto('/settings/account')
  await page.getByText(ADA.email).first().waitFor()
  await page.goto('/settings/security')
  await unlink.nth(1).click()
  await unlink.nth(1).waitFor({ state: 'detached' })
  expect(await unlink.count()).toBe(1)
  expect(takeFaults()).toEqual([])
})

test('where no window may open, the page itself goes to the provider and comes back', async () => {
  await forgetProofs()
  await page.goto('/settings/security')
  await page.evaluate('window.open = () => null')
  await press('Unlink Company')
  await press('Sign in at Company')
  await choose(page, 'Ada')
  await page.getByText('For five minutes you are not asked again').waitFor()
  expect(new URL(page.url()).pathname).toBe('/settings/security')
  await press('Link an account of Company')
  await page.getByRole('heading', { name: 'Who are you?' }).waitFor()
  await page.goBack()
  await page.getByRole('button', { name: 'Link an account of Company' }).waitFor()
  expect(takeFaults('users.unlinkIdentity')).toEqual([])
})

test('whoever has no password deletes their account by their address and a step-up', async () => {
  await forgetProofs()
  await page.goto('/settings/account')
  await press('Delete my account…')
  await page.getByLabel('Your e-mail address, to confirm').fill(ADA.email)
  await inspect('delete')
  await press('Delete for good')
  await stepUp()
  await page.getByText('Your account is deleted').waitFor()
  expect(takeFaults('users.deleteMe')).toEqual([])
})

test('somebody without an address is shown none, and types a word to delete their account', async () => {
  await page.goto('/sign-up')
  await press('Sign up with Company')
  await choose(page, 'Grace')
  await signedIn()
  await page.goto('/settings/account')
  await page.getByText('Your account has no address yet').waitFor()
  expect(await page.getByText('identity.invalid').count()).toBe(0)
  await inspect('no-address')
  await page.goto('/settings/security')
  await page.getByText('To choose one you need an address first').waitFor()
  expect(await page.getByText('identity.invalid').count()).toBe(0)
  await page.goto('/settings/account')
  await press('Delete my account…')
  await page.getByLabel('A word, to confirm').fill('delete')
  await inspect('delete-word')
  await press('Delete for good')
  await page.getByText('Your account is deleted').waitFor()
  expect(takeFaults()).toEqual([])
})
