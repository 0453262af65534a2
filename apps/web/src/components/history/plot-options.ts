import uPlot from 'uplot'
import type { Formats } from '../../lib/format.ts'
import { valueRange } from './plot-data.ts'

interface PlotOptionsInput {
  element: HTMLElement
  formats: Formats
  onPoint: (index: number | null) => void
  /** The places of the points that come after a gap. */
  afterGap: readonly number[]
}

const MINUTE_SECONDS = 60
const DAY_SECONDS = 86_400
const MONTH_SECONDS = 28 * DAY_SECONDS
const NARROW_PIXELS = 480
/** Between a label and the plot, and a little on its other side. */
const LABEL_GAP_PIXELS = 12

/** uPlot's options in the colours of the theme and the words of the person's locale and time zone. */
export function plotOptions({ element, formats, onPoint, afterGap }: PlotOptionsInput): uPlot.Options {
  const color = colorsOf(element)
  const font = `12px ${getComputedStyle(element).fontFamily}`
  const axis = { stroke: color('--ink-faint'), font, ticks: { show: false } }
  const point = { size: 7, fill: color('--panel'), stroke: color('--brand'), width: 2 }
  return {
    width: element.clientWidth,
    height: element.clientHeight,
    legend: { show: false },
    cursor: { y: false, drag: { setScale: false, x: false, y: false }, points: point },
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), formats.timeZone),
    scales: { y: { range: (_, lowest, highest) => valueRange(lowest, highest) } },
    series: [
      {},
      {
        stroke: color('--brand'),
        width: 2,
        fill: (plot) => fade(plot, color('--brand')),
        points: { show: (plot) => plot.data[0].length < 40, ...point, size: 5 },
        gaps: (plot, _series, _from, _to, atNulls) =>
          [...atNulls, ...gapPixels(plot, afterGap)].sort(byStart),
      },
      {
        stroke: color('--line-strong'),
        width: 2,
        dash: [4, 4],
        points: { show: false },
      },
    ],
    axes: [
      {
        ...axis,
        size: 30,
        grid: { show: false },
        space: 70,
        values: (_, splits) => timeLabels(splits, formats),
      },
      {
        ...axis,
        size: (plot, labels) =>
          Math.max(element.clientWidth < NARROW_PIXELS ? 48 : 58, widthOf({ plot, labels, font })),
        space: 44,
        grid: { stroke: color('--line'), width: 1 },
        values: (_, splits) => moneyLabels(splits, formats),
      },
    ],
    hooks: { setCursor: [(plot) => onPoint(plot.cursor.idx ?? null)] },
  }
}

/** How much room the labels of the value axis take, in CSS pixels: a cut-off figure would be a wrong one. */
function widthOf(o: { plot: uPlot; labels: readonly string[] | null; font: string }): number {
  const { ctx } = o.plot
  ctx.save()
  ctx.font = o.font
  const widths = (o.labels ?? []).map((label) => ctx.measureText(label).width)
  ctx.restore()
  return Math.ceil(Math.max(0, ...widths)) + LABEL_GAP_PIXELS
}

/** From where to where on the canvas the line is not to be drawn. */
function gapPixels(plot: uPlot, afterGap: readonly number[]): [number, number][] {
  const [seconds] = plot.data
  return afterGap.map((index) => [
    plot.valToPos(seconds[index - 1] ?? 0, 'x', true),
    plot.valToPos(seconds[index] ?? 0, 'x', true),
  ])
}

function byStart([left]: readonly number[], [right]: readonly number[]): number {
  return (left ?? 0) - (right ?? 0)
}

function colorsOf(element: HTMLElement): (name: string) => string {
  const style = getComputedStyle(element)
  return (name) => style.getPropertyValue(name).trim()
}

function fade(plot: uPlot, color: string): CanvasGradient {
  const gradient = plot.ctx.createLinearGradient(0, plot.bbox.top, 0, plot.bbox.top + plot.bbox.height)
  gradient.addColorStop(0, `${color}3d`)
  gradient.addColorStop(1, `${color}00`)
  return gradient
}

/** Hours within a day, days at its start and beyond. */
function timeLabels(splits: number[], formats: Formats): string[] {
  const step = (splits[1] ?? 0) - (splits[0] ?? 0)
  return splits.map((seconds) => {
    const at = new Date(seconds * 1000)
    if (step >= MONTH_SECONDS) return formats.month(at)
    if (step < MINUTE_SECONDS) return formats.clockSeconds(at)
    return step >= DAY_SECONDS || isMidnight(at, formats.timeZone) ? formats.shortDay(at) : formats.clock(at)
  })
}

function isMidnight(at: Date, timeZone: string): boolean {
  const local = uPlot.tzDate(at, timeZone)
  return local.getHours() === 0 && local.getMinutes() === 0
}

/** The axis' own ticks, round numbers that uPlot picked: no figure of a person's. */
function moneyLabels(splits: number[], { locale, currency }: Formats): string[] {
  const step = Math.abs((splits[1] ?? 1) - (splits[0] ?? 0))
  const format = new Intl.NumberFormat(locale, {
    style: 'currency',
    currency,
    currencyDisplay: 'narrowSymbol',
    notation: step >= 100 ? 'compact' : 'standard',
    minimumFractionDigits: step < 1 ? 2 : 0,
    maximumFractionDigits: step < 0.01 ? 6 : step < 1 ? 2 : step >= 100 ? 4 : 0,
  })
  return splits.map((value) => format.format(value))
}
