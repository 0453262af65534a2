import type { ApiKey } from '../../lib/types.ts'

/** What a key is called: its nickname, or its exchange where it has none. */
export function keyTitle(apiKey: Pick<ApiKey, 'nickname' | 'exchangeName'>): string {
  return apiKey.nickname ?? apiKey.exchangeName
}
