import { randomBytes } from 'node:crypto'
import { uuidv7 } from '../uuidv7.ts'
import type { TestDatabase } from './database.ts'

/** A user with one wallet at one exchange: what most tests of this package begin with. */
export interface Seeded {
  userId: string
  walletId: string
  exchangeId: string
}

export async function seedWallet({ superuser }: Pick<TestDatabase, 'superuser'>): Promise<Seeded> {
  const exchangeId = `x${randomBytes(6).toString('hex')}`
  await superuser.prisma.exchange.create({
    data: { exchangeId, exchangeName: exchangeId, ccxtId: 'binance', requiredCredentials: [] },
  })
  const { userId } = await superuser.prisma.user.create({ data: { email: `${uuidv7()}@example.com` } })
  const { walletId } = await superuser.prisma.wallet.create({ data: { userId, exchangeId } })
  return { userId, walletId, exchangeId }
}

/** Adds an API key, whose sealed parts are random, to a seeded wallet. */
export async function seedApiKey(
  { superuser }: Pick<TestDatabase, 'superuser'>,
  o: Seeded & { keyNickname?: string | null },
): Promise<{ apiKeyId: string; dataKeyId: string; fingerprint: Buffer }> {
  const { userId, walletId, exchangeId } = o
  const { dataKeyId } = await superuser.prisma.dataKey.create({
    data: {
      userId,
      provider: 'env',
      rootKeyId: 'r1',
      wrappedKey: randomBytes(60),
      commitment: randomBytes(32),
    },
  })
  const fingerprint = randomBytes(32)
  const { apiKeyId } = await superuser.prisma.userApiKey.create({
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
