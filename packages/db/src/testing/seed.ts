import { randomBytes } from 'node:crypto'
import type { Database } from '../database.ts'
import { uuidv7 } from '../uuidv7.ts'

/** A user with one wallet at one exchange: what most tests of this package begin with. */
export interface Seeded {
  userId: string
  walletId: string
  exchangeId: string
}

export async function seedWallet(db: Database): Promise<Seeded> {
  const exchangeId = `x${randomBytes(6).toString('hex')}`
  await db.prisma.exchange.create({
    data: { exchangeId, exchangeName: exchangeId, ccxtId: 'binance', requiredCredentials: [] },
  })
  const { userId } = await db.prisma.user.create({ data: { email: `${uuidv7()}@example.com` } })
  const { walletId } = await db.prisma.wallet.create({ data: { userId, exchangeId } })
  return { userId, walletId, exchangeId }
}

/** Adds an API key, whose sealed parts are random, to a seeded wallet. */
export async function seedApiKey(
  db: Database,
  o: Seeded & { keyNickname?: string | null },
): Promise<{ apiKeyId: string; dataKeyId: string; fingerprint: Buffer }> {
  const { userId, walletId, exchangeId } = o
  const { dataKeyId } = await db.prisma.dataKey.create({
    data: {
      userId,
      provider: 'env',
      rootKeyId: 'r1',
      wrappedKey: randomBytes(60),
      commitment: randomBytes(32),
    },
  })
  const fingerprint = randomBytes(32)
  const { apiKeyId } = await db.prisma.userApiKey.create({
    data: {
      ...{ userId, walletId, exchangeId, dataKeyId, fingerprint },
      apiKeyEncrypted: randomBytes(80),
      apiSecretEncrypted: randomBytes(80),
      apiKeyHint: '1234',
      keyNickname: o.keyNickname ?? null,
    },
  })
  return { apiKeyId, dataKeyId, fingerprint }
}
