export type Theme = 'system' | 'light' | 'dark'

const KEY = 'opentrade.theme'
const system = matchMedia('(prefers-color-scheme: dark)')
let chosen: Theme = 'system'

/**
 * Follows the system's choice for as long as the page lives, with or without somebody signed in, unless a theme was
 * chosen: public/theme.js has set that of the last visit before the first paint.
 */
export function followSystemTheme(): void {
  chosen = remembered()
  show()
  system.addEventListener('change', show)
}

/** Shows the page in a theme from now on and keeps it for the next visit. */
export function applyTheme(theme: Theme): void {
  chosen = theme
  remember(theme)
  show()
}

function show(): void {
  const dark = chosen === 'dark' || (chosen === 'system' && system.matches)
  document.documentElement.dataset.theme = dark ? 'dark' : 'light'
}

function remembered(): Theme {
  try {
    const theme = localStorage.getItem(KEY)
    return theme === 'light' || theme === 'dark' ? theme : 'system'
  } catch {
    // Storage is off: the system's choice it is, until the settings are read.
    return 'system'
  }
}

function remember(theme: Theme): void {
  try {
    localStorage.setItem(KEY, theme)
  } catch {
    // Storage is off: the next visit begins with the system's theme, until the settings are read.
  }
}
