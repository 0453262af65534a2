import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { AxeBuilder } from '@axe-core/playwright'
import packaged from '@sparticuz/chromium'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'

const SCREENSHOTS = fileURLToPath(new URL('../test-results/screenshots', import.meta.url))

const UNWANTED_ARGS = new Set([
  // Each of these would put the processes of a page into one, which then end together.
  ...['--single-process', '--no-zygote'],
  // These switch off protections that people's browsers have.
  ...['--disable-web-security', '--allow-running-insecure-content'],
  // These emulate a graphics card, which takes twice the CPU time.
  ...['--use-gl=angle', '--use-angle=swiftshader', '--enable-unsafe-swiftshader'],
  ...['--in-process-gpu', '--ignore-gpu-blocklist'],
])

/** Reports what the content policy blocks even where Chromium itself keeps quiet. */
const REPORT_BLOCKED = `addEventListener('securitypolicyviolation', (event) =>
  console.error('Blocked by the content policy: ' + event.violatedDirective + ' ' + event.blockedURI))`

/** Starts the Chromium of an npm package, or the one that CHROMIUM_PATH names. */
export async function launchBrowser(): Promise<Browser> {
  const executablePath = process.env.CHROMIUM_PATH || (await packaged.executablePath())
  const args = packaged.args.filter((arg) => !UNWANTED_ARGS.has(arg))
  return chromium.launch({
    executablePath,
    args: [...args, '--disable-background-networking', '--disable-gpu'],
  })
}

/** A page and what went wrong on it. */
export interface WatchedPage {
  page: Page
  /** Errors in the console, uncaught ones, and what the content policy has blocked, since the last call. */
  takeFaults: () => string[]
}

/** Opens a page that notes every fault. */
export async function openPage(context: BrowserContext): Promise<WatchedPage> {
  let faults: string[] = []
  const page = await context.newPage()
  await page.addInitScript(REPORT_BLOCKED)
  page.on('console', (message) => {
    if (message.type() === 'error') faults.push(`${message.text()} (${message.location().url})`)
  })
  page.on('pageerror', (error) => faults.push(`Uncaught: ${error.message}`))
  return {
    page,
    takeFaults() {
      const taken = faults
      faults = []
      return taken
    },
  }
}

/**
 * The serious and critical faults that axe finds, each with the first places where it does.
 * @param o.only the one rule to look by, such as 'color-contrast'; all when left out
 */
export async function accessibilityFaults(page: Page, o: { only?: string } = {}): Promise<string[]> {
  // Pages hold no frames of others, for whose sake each look would else open a page of its own.
  const axe = new AxeBuilder({ page }).setLegacyMode()
  const { violations } = await (o.only === undefined ? axe : axe.withRules(o.only)).analyze()
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, help, nodes }) => {
      const places = nodes.slice(0, 3).map(({ html, failureSummary }) => `${html} ${failureSummary}`)
      return `${id}: ${help}\n${places.join('\n')}`
    })
}

/** How far a page is wider than its window, in CSS pixels: 0 when nothing is cut off or scrolls sideways. */
export function sidewaysOverflow(page: Page): Promise<number> {
  return page.evaluate<number>('document.documentElement.scrollWidth - document.documentElement.clientWidth')
}

/** Writes what a page shows to `test-results/screenshots/<name>.png`, where `SCREENSHOTS=1` asks for it. */
export async function takeScreenshot(page: Page, name: string): Promise<void> {
  if (!process.env.SCREENSHOTS) return
  mkdirSync(SCREENSHOTS, { recursive: true })
  await page.screenshot({ path: join(SCREENSHOTS, `${name}.png`), animations: 'disabled' })
}
