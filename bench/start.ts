import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Figure, median } from './measure.ts'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const WARM_LIMIT_SECONDS = 5
const COLD_LIMIT_SECONDS = 45

/** `npm start` where everything is installed and built, with a data folder that exists: to the page. */
export async function benchWarmStart(): Promise<Figure[]> {
  const home = mkdtempSync(join(tmpdir(), 'opentrade-bench-'))
  try {
    const seconds: number[] = []
    for (let round = 0; round < 4; round += 1)
      seconds.push(await timeStart({ folder: ROOT, env: { OPENTRADE_HOME: home } }))
    return [againstLimit('npm start, warm, to the page', median(seconds.slice(1)), WARM_LIMIT_SECONDS)]
  } finally {
    rmSync(home, { recursive: true, force: true })
  }
}

/** `npm start` in a fresh clone with an empty npm cache and an empty package store. Downloads every package. */
export async function benchColdStart(): Promise<Figure[]> {
  const folder = mkdtempSync(join(tmpdir(), 'opentrade-cold-'))
  try {
    const clone = join(folder, 'clone')
    execFileSync('git', ['clone', '--quiet', ROOT, clone])
    const env = {
      npm_config_cache: join(folder, 'npm-cache'),
      npm_config_store_dir: join(folder, 'store'),
      PNPM_HOME: join(folder, 'pnpm'),
      XDG_DATA_HOME: join(folder, 'data'),
      XDG_CACHE_HOME: join(folder, 'cache'),
      TURBO_CACHE_DIR: join(folder, 'turbo'),
    }
    return [
      againstLimit(
        'npm start, cold, to the page',
        await timeStart({ folder: clone, env }),
        COLD_LIMIT_SECONDS,
      ),
    ]
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Seconds from the command to the moment when the address that it prints serves the application's page. */
async function timeStart(o: { folder: string; env: Record<string, string> }): Promise<number> {
  const startedAt = process.hrtime.bigint()
  const child = spawn('npm', ['start', '--silent'], {
    cwd: o.folder,
    env: { ...process.env, ...o.env, PORT: '0' },
    stdio: ['ignore', 'pipe', 'ignore'],
    detached: true,
  })
  try {
    let printed = ''
    for await (const chunk of child.stdout) {
      printed += chunk
      const address = /(https?:\/\/\S+)\n/.exec(printed)?.[1]
      if (!address) continue
      const page = await (await fetch(address)).text()
      if (!page.includes('<div id="root">'))
        throw new Error(`${address} does not serve the application: ${page.slice(0, 200)}`)
      return Number(process.hrtime.bigint() - startedAt) / 1e9
    }
    throw new Error('npm start ended before it printed an address.')
  } finally {
    const exited = once(child, 'exit')
    if (child.pid) process.kill(-child.pid, 'SIGTERM')
    await exited
  }
}

function againstLimit(name: string, seconds: number, limit: number): Figure {
  return {
    name,
    unit: 's (the limit)',
    ours: seconds,
    floor: limit,
    ratio: seconds / limit,
    target: 1,
    atMost: true,
  }
}
