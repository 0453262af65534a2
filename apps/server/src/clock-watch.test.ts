import { pino } from 'pino'
import { afterEach, expect, it, vi } from 'vitest'
import { watchClock } from './clock-watch.ts'

afterEach(() => vi.useRealTimers())

it('notes that the clock was set back, once, and nothing else', () => {
  vi.useFakeTimers()
  const lines: { msg: string; seconds: number }[] = []
  const log = pino({}, { write: (line: string) => void lines.push(JSON.parse(line)) })
  const watch = watchClock({ log, everyMs: 100 })
  vi.advanceTimersByTime(1_000)
  vi.setSystemTime(Date.now() + 2 * 86_400_000)
  vi.advanceTimersByTime(1_000)
  vi.setSystemTime(Date.now() - 500)
  vi.advanceTimersByTime(1_000)
  expect(lines).toEqual([])
  vi.setSystemTime(Date.now() - 2 * 86_400_000)
  vi.advanceTimersByTime(1_000)
  expect(lines).toMatchObject([{ seconds: 172_800, msg: expect.stringContaining('set back') }])
  watch.close()
})
