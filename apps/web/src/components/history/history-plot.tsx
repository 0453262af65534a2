import { useEffect, useRef, useState } from 'react'
import uPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'
import type { Formats } from '../../lib/format.ts'
import { useFormats } from '../../lib/preferences.tsx'
import type { HistoryPoint } from '../../lib/types.ts'
import { plotData } from './plot-data.ts'
import { plotOptions } from './plot-options.ts'

interface HistoryPlotProps {
  label: string
  points: readonly HistoryPoint[]
  /** Called with the place of the point under the pointer or the keyboard; null when there is none. */
  onPoint: (index: number | null) => void
}

/** The drawn history, in the colours of the theme that the document shows. */
export function HistoryPlot(props: HistoryPlotProps) {
  const theme = useDocumentTheme()
  return <Plot key={theme} {...props} />
}

/** Arrow keys walk the points and have each read out. */
function Plot({ label, points, onPoint }: HistoryPlotProps) {
  const frame = useRef<HTMLDivElement>(null)
  const plot = useRef<uPlot | null>(null)
  const [index, setIndex] = useState(points.length - 1)
  const formats = useFormats()

  useEffect(() => {
    const element = frame.current
    if (!element) return
    const shown = points.map((point) => ({
      ...point,
      totalUsdValue: formats.inCurrency(point.totalUsdValue),
    }))
    const { seconds, complete, carried, afterGap } = plotData(shown)
    const options = plotOptions({ element, formats, onPoint, afterGap })
    const drawn = new uPlot(options, [seconds, complete, carried], element)
    plot.current = drawn
    const observer = new ResizeObserver(() =>
      drawn.setSize({ width: element.clientWidth, height: element.clientHeight }),
    )
    observer.observe(element)
    return () => {
      observer.disconnect()
      drawn.destroy()
      plot.current = null
    }
  }, [points, formats, onPoint])

  function walk(step: number) {
    const next = Math.min(Math.max(index + step, 0), points.length - 1)
    const at = points[next]
    const drawn = plot.current
    if (!at || !drawn) return
    setIndex(next)
    drawn.setCursor({ left: drawn.valToPos(new Date(at.at).getTime() / 1000, 'x'), top: 0 })
    onPoint(next)
  }

  const current = points[Math.min(index, points.length - 1)]
  return (
    <div
      ref={frame}
      role="slider"
      tabIndex={0}
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={points.length - 1}
      aria-valuenow={Math.min(index, points.length - 1)}
      aria-valuetext={current && describe(current, formats)}
      onKeyDown={(event) => {
        const step = STEPS[event.key]
        if (step === undefined) return
        event.preventDefault()
        walk(step)
      }}
      onBlur={() => onPoint(null)}
      className="h-full w-full overflow-hidden rounded"
    />
  )
}

const STEPS: Record<string, number> = {
  ArrowLeft: -1,
  ArrowRight: 1,
  ArrowDown: -1,
  ArrowUp: 1,
  PageDown: -10,
  PageUp: 10,
  Home: Number.NEGATIVE_INFINITY,
  End: Number.POSITIVE_INFINITY,
}

function describe(point: HistoryPoint, formats: Formats): string {
  const state = point.complete ? '' : ', incomplete: last known value'
  return `${formats.dateTime(point.at)}: ${formats.usd(point.totalUsdValue)}${state}`
}

/** The theme that the document shows, so that the canvas is drawn anew in its colours. */
function useDocumentTheme(): string | undefined {
  const [theme, setTheme] = useState(document.documentElement.dataset.theme)
  useEffect(() => {
    const observer = new MutationObserver(() => setTheme(document.documentElement.dataset.theme))
    observer.observe(document.documentElement, { attributeFilter: ['data-theme'] })
    return () => observer.disconnect()
  }, [])
  return theme
}
