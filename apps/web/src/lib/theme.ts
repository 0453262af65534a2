import { writeStored } from './browser-storage.ts'

export type Theme = 'system' | 'light' | 'dark'

const systemIsDark = '(prefers-color-scheme: dark)'

/**
 * Shows the page in a theme from now on and keeps it for the next visit, where public/theme.js sets it before
 * the first paint.
 * @returns stops following the system's choice
 */
export function applyTheme(theme: Theme): () => void {
  writeStored('theme', theme)
  const system = matchMedia(systemIsDark)
  const show = () => {
    const dark = theme === 'dark' || (theme === 'system' && system.matches)
    document.documentElement.dataset.theme = dark ? 'dark' : 'light'
  }
  show()
  system.addEventListener('change', show)
  return () => system.removeEventListener('change', show)
}
