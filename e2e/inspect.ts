import type { Page } from 'playwright-core'
import { expect } from 'vitest'
import { accessibilityFaults, sidewaysOverflow, takeScreenshot, type WatchedPage } from './browser.ts'

export const WIDE = { width: 1280, height: 900 }
export const PHONE = { width: 390, height: 844 }

/** Looks at what stands there in light and dark, wide and narrow: for faults of any kind, and for its picture. */
export async function inspect(watched: WatchedPage, name: string): Promise<void> {
  const { page } = watched
  await showIn(page, 'dark')
  await takeScreenshot(page, `${name}-1280-dark`)
  // Of what axe looks at, the colours alone are others than in the light.
  const darkFaults = await accessibilityFaults(page, { only: 'color-contrast' })
  expect({ name, darkFaults }).toEqual({ name, darkFaults: [] })
  await showIn(page, 'light')
  await takeScreenshot(page, `${name}-1280-light`)
  expect({ name, faults: await accessibilityFaults(page) }).toEqual({ name, faults: [] })
  await page.setViewportSize(PHONE)
  expect({ name, sideways: await sidewaysOverflow(page) }).toEqual({ name, sideways: 0 })
  await takeScreenshot(page, `${name}-390-light`)
  await showIn(page, 'dark')
  await takeScreenshot(page, `${name}-390-dark`)
  await showIn(page, 'light')
  await page.setViewportSize(WIDE)
  expect({ name, faults: watched.takeFaults() }).toEqual({ name, faults: [] })
}

/** Changes the system's colours, and waits for a page that follows them. */
export async function showIn(page: Page, colorScheme: 'dark' | 'light'): Promise<void> {
  await page.emulateMedia({ colorScheme })
  await page.locator(`html[data-theme=${colorScheme}]`).waitFor()
}
