import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { z } from 'zod'
import { CommandError, EXIT } from './failure.ts'

const SessionFile = z.object({
  url: z.string(),
  cookies: z.record(z.string(), z.string()),
  /** An API token, in the place of cookies. */
  token: z.string().optional(),
})

/** Where a signed-in command line keeps its session: the address, and the cookies or the token it was given. */
export type SessionFile = z.infer<typeof SessionFile>

/** Reads the kept session, or null when there is none or it is damaged. */
export async function readSession(path: string): Promise<SessionFile | null> {
  const text = await readFile(path, 'utf8').catch(() => null)
  if (text === null) return null
  try {
    return SessionFile.parse(JSON.parse(text))
  } catch {
    return null
  }
}

/** Keeps a session for the next command, readable by its owner only; replaced whole, never half-written. */
export async function writeSession(path: string, session: SessionFile): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  const draft = `${path}.${process.pid}`
  await writeFile(draft, JSON.stringify(session), { mode: 0o600 })
  try {
    await rename(draft, path)
  } catch (error) {
    await rm(draft, { force: true })
    throw error
  }
}

/** Writes a session that the command in hand was given. @throws CommandError when its file cannot be written. */
export async function keepSession(path: string, session: SessionFile): Promise<void> {
  try {
    await writeSession(path, session)
  } catch (error) {
    const why = error instanceof Error && 'code' in error ? ` (${String(error.code)})` : ''
    throw new CommandError(
      `The session cannot be kept in ${path}${why}. OPENTRADE_SESSION names another file.`,
      EXIT.fault,
    )
  }
}

/** Forgets the session. */
export async function removeSession(path: string): Promise<void> {
  await rm(path, { force: true })
}
