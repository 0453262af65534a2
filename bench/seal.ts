import { createCipheriv, createDecipheriv, createSecretKey, randomBytes, randomUUID } from 'node:crypto'
import { createDataKey, type FieldAad, localRootKeys } from '@opentrade/crypto'
import { compare, type Figure, rateOf } from './measure.ts'

/** Sealing and opening a 64-byte secret, against bare node:crypto with an AAD of the same length. */
export async function benchSeal(): Promise<Figure[]> {
  const [deploymentId, userId, dataKeyId] = [randomUUID(), randomUUID(), randomUUID()]
  const provider = localRootKeys({ name: 'bench', keys: new Map([['k1', randomBytes(32)]]), current: 'k1' })
  const { dataKey } = await createDataKey({ provider, deploymentId, userId, dataKeyId })
  const aad: FieldAad = {
    deploymentId,
    table: 'user_api_keys',
    rowId: randomUUID(),
    userId,
    exchangeId: 'binance',
    field: 'api_secret',
    secretVersion: 1,
  }
  const secret = randomBytes(64)
  const key = createSecretKey(randomBytes(32))
  const bareAad = Buffer.concat(Object.values(aad).map((part) => Buffer.from(String(part))))
  const nonces = randomBytes(12 * 4096)
  let turn = 0

  function bareSeal() {
    turn = (turn + 1) % 4096
    const cipher = createCipheriv('aes-256-gcm', key, nonces.subarray(turn * 12, turn * 12 + 12), {
      authTagLength: 16,
    })
    cipher.setAAD(bareAad)
    return Buffer.concat([cipher.update(secret), cipher.final(), cipher.getAuthTag()])
  }

  function bareOpen(nonce: Buffer, sealed: Buffer) {
    const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: 16 })
    decipher.setAAD(bareAad)
    decipher.setAuthTag(sealed.subarray(64))
    return Buffer.concat([decipher.update(sealed.subarray(0, 64)), decipher.final()])
  }

  const bareSealed = bareSeal()
  const bareNonce = nonces.subarray(turn * 12, turn * 12 + 12)
  const record = dataKey.seal(secret, aad)
  let sealer = dataKey

  async function freshKey() {
    // A data key seals 2^20 fields at most; each reading starts with a new one.
    const made = await createDataKey({ provider, deploymentId, userId, dataKeyId: randomUUID() })
    sealer = made.dataKey
  }

  return [
    await compare({
      name: 'seal a 64-byte secret',
      unit: 'seals/s',
      target: 0.5,
      ours: async () => {
        await freshKey()
        return rateOf(() => sealer.seal(secret, aad))
      },
      floor: () => rateOf(bareSeal),
    }),
    await compare({
      name: 'open a 64-byte secret',
      unit: 'opens/s',
      target: 0.5,
      ours: () => rateOf(() => dataKey.open(record, aad)),
      floor: () => rateOf(() => bareOpen(bareNonce, bareSealed)),
    }),
  ]
}
