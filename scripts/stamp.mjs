import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

const SKIPPED = new Set(['node_modules', 'dist', 'generated', '.turbo', 'testing'])

/**
 * What a step depends on, in one hash: the path, size and time of change of every file under the given paths,
 * as make does it. Tests and made files do not count.
 * @param {string} root
 * @param {string[]} paths files and folders below root; those that do not exist count as absent
 */
export function hashInputs(root, paths) {
  const hash = createHash('sha256').update(`${process.version} ${process.platform} ${process.arch}`)
  for (const path of paths) {
    for (const file of filesUnder(join(root, path))) {
      const { size, mtimeMs } = statSync(file)
      hash.update(`${file}\0${size}\0${mtimeMs}\n`)
    }
  }
  return hash.digest('hex')
}

/** Whether the step was done for exactly these inputs. */
export function isDone(stampFile, inputs) {
  return existsSync(stampFile) && readFileSync(stampFile, 'utf8') === inputs
}

export function markDone(stampFile, inputs) {
  mkdirSync(dirname(stampFile), { recursive: true })
  writeFileSync(stampFile, inputs)
}

function* filesUnder(path) {
  const stats = statSync(path, { throwIfNoEntry: false })
  if (!stats) return
  if (!stats.isDirectory()) return yield path
  const names = readdirSync(path).sort()
  for (const name of names) {
    if (!SKIPPED.has(name) && !name.includes('.test.')) yield* filesUnder(join(path, name))
  }
}
