/**
 * How long tests wait before they give up: far longer than anything takes, since a busy machine may stall any of
 * them. Nothing is shown by being fast; speeds are for `bench/`.
 */
export const patience = {
  testTimeout: 60_000,
  hookTimeout: 60_000,
  expect: { poll: { timeout: 50_000 } },
}
