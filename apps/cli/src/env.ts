import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

/** `OPENTRADE_URL`, when it is set. */
export const addressFromEnv: string | undefined = process.env.OPENTRADE_URL || undefined

/** `OPENTRADE_SESSION`, by default `opentrade/session.json` under the person's configuration folder. */
export const sessionPath: string =
  process.env.OPENTRADE_SESSION ||
  join(process.env.XDG_CONFIG_HOME || join(homedir(), '.config'), 'opentrade', 'session.json')

/** The folder of this checkout, where the server looks for its data, too. */
const projectRoot = fileURLToPath(new URL('../../..', import.meta.url))

/** The data folder of the server on this machine: `OPENTRADE_HOME`, by default `.opentrade` in the checkout. */
export const homeFromEnv: string = resolve(projectRoot, process.env.OPENTRADE_HOME || '.opentrade')

/** The database of the operator's own, as the role that owns its tables, when the environment names one. */
export const databaseFromEnv: string | undefined =
  process.env.DATABASE_OWNER_URL || process.env.DATABASE_URL || undefined

/** `ROOT_KEY_FILE`, when it is set. */
export const rootKeyFileFromEnv: string | undefined =
  process.env.ROOT_KEY_FILE && resolve(projectRoot, process.env.ROOT_KEY_FILE)
