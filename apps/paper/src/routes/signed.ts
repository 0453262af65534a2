import type { Endpoint, SignedCall } from '../endpoint.ts'

/** An endpoint that reads an account; parameters that it does not know pass, as under Binance's /sapi. */
export function signed(
  method: Endpoint['method'],
  path: string,
  run: (call: SignedCall) => unknown,
  weight = 1,
): Endpoint {
  return { method, path, weight, known: null, security: 'USER_DATA', run }
}
