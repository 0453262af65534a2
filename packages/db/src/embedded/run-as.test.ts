import { spawnSync } from 'node:child_process'
import { chmodSync, cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { findPostgresBinaries } from './binaries.ts'
import { chooseRunAs } from './run-as.ts'

test('a checkout in a folder of its owner alone serves whoever starts it, root as well', () => {
  const home = mkdtempSync(join(tmpdir(), 'opentrade closed '))
  onTestFinished(() => rmSync(home, { recursive: true, force: true }))
  chmodSync(home, 0o700)
  cpSync(findPostgresBinaries().root, join(home, 'native'), { recursive: true, verbatimSymlinks: true })
  const initdb = join(home, 'native', 'bin', 'initdb')
  const dataFolder = join(home, 'postgres')
  const { prefix, spawnAs } = chooseRunAs({ home, dataFolder, initdb, log: () => undefined })
  const [command = '', ...args] = [...prefix, initdb, '--show', `--pgdata=${dataFolder}`]
  const { status, stderr } = spawnSync(command, args, { ...spawnAs, cwd: '/', encoding: 'utf8' })
  expect({ status, stderr }).toMatchObject({ status: 0, stderr: expect.not.stringContaining('denied') })
})
