import type { Browser, Page } from 'playwright-core'
import { openPage, type WatchedPage } from './browser.ts'
import { WIDE } from './inspect.ts'

/** What somebody signs in with. */
export interface Person {
  email: string
  password: string
}

/** Opens a browser of their own for somebody. */
export async function openPerson(browser: Browser, baseURL: string): Promise<WatchedPage> {
  const context = await browser.newContext({
    ...{ baseURL, locale: 'en-US', timezoneId: 'Europe/Berlin' },
    ...{ viewport: WIDE, colorScheme: 'light', reducedMotion: 'reduce' },
  })
  context.setDefaultTimeout(30_000)
  return openPage(context)
}

/** A device that makes and uses passkeys without asking anybody. */
export async function addAuthenticator(on: Page): Promise<void> {
  const devtools = await on.context().newCDPSession(on)
  await devtools.send('WebAuthn.enable')
  await devtools.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      ...{ protocol: 'ctap2', transport: 'internal' },
      ...{ hasResidentKey: true, hasUserVerification: true, isUserVerified: true },
      automaticPresenceSimulation: true,
    },
  })
}

export function press(on: Page, name: string | RegExp): Promise<void> {
  return on.getByRole('button', { name, exact: true }).click()
}

export async function fillSignUp(on: Page, person: Person, path = '/sign-up'): Promise<void> {
  await on.goto(path)
  await on.getByLabel('E-mail').fill(person.email)
  await on.getByLabel('Password', { exact: true }).fill(person.password)
  await press(on, 'Create account')
}

export async function givePassword(on: Page, person: Person): Promise<void> {
  await on.goto('/sign-in')
  await on.getByLabel('E-mail').fill(person.email)
  await on.getByLabel('Password', { exact: true }).fill(person.password)
  await press(on, 'Sign in')
}

export async function signOut(on: Page): Promise<void> {
  await on.getByRole('button', { name: /^Account/ }).click()
  await on.getByRole('menuitem', { name: 'Sign out' }).click()
  await on.getByRole('heading', { name: 'Sign in' }).waitFor()
}

/** Shows again who one is, by the password, in the dialog that asks for it. */
export async function confirmByPassword(on: Page, person: Person): Promise<void> {
  const dialog = on.getByRole('dialog', { name: 'Confirm that it is you' })
  await dialog.getByLabel('Password', { exact: true }).fill(person.password)
  await dialog.getByRole('button', { name: 'Confirm' }).click()
}

/** Until somebody who has connected nothing yet is in. */
export async function signedIn(on: Page): Promise<void> {
  await on.getByRole('heading', { name: 'Where do you hold your assets?' }).waitFor()
}

/** Faults but for the refusals of a call that the test means to be refused. */
export function faultsBut(watched: WatchedPage, refusedCall: string): string[] {
  return watched.takeFaults().filter((fault) => !fault.includes(refusedCall))
}
