import chromium from '@sparticuz/chromium'
import { chromium as playwright } from 'playwright-core'
import { startBenchDatabase } from './database.ts'
import type { Figure } from './measure.ts'
import { startProgram } from './process.ts'

const LIMIT_KILOBYTES = 200

/** The JavaScript that a browser transfers, compressed, to show the sign-up form to somebody new. */
export async function benchFirstLoad(): Promise<Figure[]> {
  const bench = await startBenchDatabase()
  const server = await startProgram({
    file: 'apps/server/src/main.ts',
    env: { ...bench.env, OPENTRADE_HOME: bench.home, ROLE: 'api', PORT: '0', PAPER_URL: 'off' },
  })
  const browser = await playwright.launch({
    executablePath: process.env.CHROMIUM_PATH ?? (await chromium.executablePath()),
    args: [...chromium.args, '--disable-background-networking'],
  })
  try {
    const page = await browser.newPage()
    const sizes: Promise<number>[] = []
    page.on('response', (response) => {
      if (response.request().resourceType() !== 'script') return
      sizes.push(
        response
          .finished()
          .then(() => response.request().sizes())
          .then(({ responseBodySize }) => responseBodySize),
      )
    })
    await page.goto(`${server.url}/sign-up`, { waitUntil: 'networkidle' })
    await page.getByRole('button', { name: 'Create account' }).waitFor()
    const bytes = (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0)
    return [
      {
        name: `first load in ${sizes.length} scripts`,
        unit: 'kB (the limit)',
        ours: bytes / 1000,
        floor: LIMIT_KILOBYTES,
        ratio: bytes / 1000 / LIMIT_KILOBYTES,
        target: 1,
        atMost: true,
      },
    ]
  } finally {
    await browser.close()
    await server.stop()
    await bench.stop()
  }
}
