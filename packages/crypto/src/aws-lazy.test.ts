import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

const run = promisify(execFile)

/** Makes every import of the AWS SDK fail, as where it is not installed. */
const HOOK = `data:text/javascript,${encodeURIComponent(`
  import { register } from 'node:module'
  register('data:text/javascript,' + encodeURIComponent(\`
    export function resolve(name, context, next) {
      if (/@aws-sdk|@smithy/.test(name)) throw new Error('loaded ' + name)
      return next(name, context)
    }\`))`)}`

const SCRIPT = `
  const crypto = await import(process.argv[1])
  const keys = new Map([['a', new Uint8Array(32).fill(7)]])
  const others = [crypto.localRootKeys({ name: 'env', current: 'a', keys })]
  const current = crypto.awsKmsRootKeys({ keyId: 'alias/opentrade' })
  crypto.awsSecretsManagerRootKeys({ secretId: 'opentrade' })
  console.log(crypto.combineRootKeys({ current, others }).name)
  await current.currentKeyId().catch((error) => console.log(error.code, error.message))`

test('an installation without AWS never loads its SDK, and one without the package is told to install it', async () => {
  const index = new URL('./index.ts', import.meta.url).href
  const args = ['--import', 'tsx', '--import', HOOK, '--input-type=module', '--eval', SCRIPT, index]
  const { stdout } = await run(process.execPath, args)
  expect(stdout.trim().split('\n')).toEqual([
    'aws-kms',
    expect.stringMatching(/^PROVIDER_CONFIG .*npm install @aws-sdk\/client-kms$/),
  ])
})
