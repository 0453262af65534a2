/** One figure: how ours compares with the floor that was measured beside it. */
export interface Figure {
  name: string
  /** What the two numbers count, such as `seals/s`. */
  unit: string
  ours: number
  floor: number
  /** `ours / floor`, or `floor / ours` when less is better. */
  ratio: number
  /** What the ratio must reach. */
  target: number
  /** True when the target is a ceiling. */
  atMost: boolean
}

/** The middle of several readings; the mean of the two middle ones when they are even. */
export function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  const upper = sorted[middle] ?? Number.NaN
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? Number.NaN)) / 2
}

/**
 * Measures two things in turn, A B A B, so that a machine whose speed drifts treats both alike.
 * Each reading is a rate per second; the ratio is the median of the ratios pair by pair.
 */
export async function compare(o: {
  name: string
  unit: string
  target: number
  rounds?: number
  ours: () => Promise<number> | number
  floor: () => Promise<number> | number
}): Promise<Figure> {
  await o.ours()
  await o.floor()
  const pairs: { ours: number; floor: number }[] = []
  for (let round = 0; round < (o.rounds ?? 5); round += 1) {
    pairs.push({ ours: await o.ours(), floor: await o.floor() })
  }
  return {
    name: o.name,
    unit: o.unit,
    ours: median(pairs.map((pair) => pair.ours)),
    floor: median(pairs.map((pair) => pair.floor)),
    ratio: median(pairs.map((pair) => pair.ours / pair.floor)),
    target: o.target,
    atMost: false,
  }
}

/** How many times per second `work` runs, counted over about `seconds`. */
export function rateOf(work: () => void, seconds = 0.5): number {
  const start = process.hrtime.bigint()
  const end = start + BigInt(Math.round(seconds * 1e9))
  let count = 0
  let now = start
  while (now < end) {
    for (let step = 0; step < 500; step += 1) work()
    count += 500
    now = process.hrtime.bigint()
  }
  return count / (Number(now - start) / 1e9)
}

/** One line of the report. */
export function lineOf(figure: Figure): string {
  const met = figure.atMost ? figure.ratio <= figure.target : figure.ratio >= figure.target
  const bound = `${figure.atMost ? '<=' : '>='} ${figure.target}`
  const numbers = `${round(figure.ours)} against ${round(figure.floor)} ${figure.unit}`
  return `${met ? 'met   ' : 'MISSED'} ${figure.ratio.toFixed(2).padStart(7)} (${bound})  ${figure.name}: ${numbers}`
}

function round(value: number): string {
  return value >= 100 ? Math.round(value).toLocaleString('en') : value.toPrecision(3)
}
