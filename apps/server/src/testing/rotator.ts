import { combineRootKeys, localRootKeys } from '@opentrade/crypto'
import { openDatabase } from '@opentrade/db'
import { readDeploymentId } from '../vault/deployment-id.ts'
import { rotateDataKeys } from '../vault/rotate-data.ts'
import { rotateRootKeys } from '../vault/rotate-root.ts'
import type { RotationKind } from '../vault/rotations.ts'

/** What a rotator process is told. */
export interface RotatorOptions {
  url: string
  schedulerUrl: string
  kind: RotationKind
  rotationId: string
  /** Root keys by id, in hex. */
  rootKeys: Record<string, string>
  current: string
  batch: number
}

/*
 * A process that works at one rotation until it ends, or is killed. It says `ready`, begins when it hears anything,
 * says `moved` after each batch and `done` at the end.
 */
const options = JSON.parse(process.argv[2] ?? '{}') as RotatorOptions
const keys = new Map(Object.entries(options.rootKeys).map(([id, hex]) => [id, Buffer.from(hex, 'hex')]))
const rootKeys = combineRootKeys({
  current: localRootKeys({ name: 'env', current: options.current, keys }),
  others: [],
})
const db = openDatabase({ url: options.url, schedulerUrl: options.schedulerUrl })
const deploymentId = await readDeploymentId(db.pool)
const rotate = options.kind === 'root' ? rotateRootKeys : rotateDataKeys
const told = new Promise((resolve) => process.once('message', resolve))
process.send?.('ready')
await told
await rotate(
  {
    ...{ db, rootKeys, deploymentId, rootKeyFile: '', batch: options.batch },
    publish: async () => {
      process.send?.('moved')
    },
  },
  { rotationId: options.rotationId },
)
process.send?.('done')
await db.close()
process.disconnect()
