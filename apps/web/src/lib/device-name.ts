const BROWSERS = [
  { mark: /opentrade-cli/i, name: 'the command line' },
  { mark: /\bEdg(?:e|A|iOS)?\//, name: 'Edge' },
  { mark: /\bOPR\//, name: 'Opera' },
  { mark: /\b(?:Firefox|FxiOS)\//, name: 'Firefox' },
  { mark: /\b(?:HeadlessChrome|Chrome|CriOS)\//, name: 'Chrome' },
  { mark: /\bSafari\//, name: 'Safari' },
] as const

const SYSTEMS = [
  { mark: /iPhone|iPad/, name: 'iOS' },
  { mark: /Android/, name: 'Android' },
  { mark: /Windows/, name: 'Windows' },
  { mark: /Mac OS X|Macintosh/, name: 'macOS' },
  { mark: /Linux|X11/, name: 'Linux' },
] as const

/** Names the browser and the system of a `User-Agent`, as "Firefox on Windows"; null for one that says neither. */
export function deviceName(userAgent: string): string | null {
  const browser = BROWSERS.find(({ mark }) => mark.test(userAgent))?.name
  const system = SYSTEMS.find(({ mark }) => mark.test(userAgent))?.name
  if (browser && system) return `${browser} on ${system}`
  return browser ?? system ?? null
}
