import { homedir } from 'node:os'
import { join } from 'node:path'

/** `OPENTRADE_URL`, when it is set. */
export const addressFromEnv: string | undefined = process.env.OPENTRADE_URL || undefined

/** `OPENTRADE_SESSION`, by default `opentrade/session.json` under the person's configuration folder. */
export const sessionPath: string =
  process.env.OPENTRADE_SESSION ||
  join(process.env.XDG_CONFIG_HOME || join(homedir(), '.config'), 'opentrade', 'session.json')
