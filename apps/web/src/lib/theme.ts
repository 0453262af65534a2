export type Theme = 'system' | 'light' | 'dark'

const SYSTEM_IS_DARK = '(prefers-color-scheme: dark)'

/**
 * Shows the page in a theme from now on and keeps it for the next visit, where public/theme.js sets it before
 * the first paint.
 * @returns stops following the system's choice
 */
export function applyTheme(theme: Theme): () => void {
  remember(theme)
  const system = matchMedia(SYSTEM_IS_DARK)
  const show = () => {
    const dark = theme === 'dark' || (theme === 'system' && system.matches)
    document.documentElement.dataset.theme = dark ? 'dark' : 'light'
  }
  show()
  system.addEventListener('change', show)
  return () => system.removeEventListener('change', show)
}

function remember(theme: Theme): void {
  try {
    localStorage.setItem('opentrade.theme', theme)
  } catch {
    // Storage is off: the next visit begins with the system's theme, until the settings are read.
  }
}
