// Runs before the first paint, so that a dark page never flashes white. Keep in step with src/lib/theme.ts.
;(() => {
  let theme = null
  try {
    theme = localStorage.getItem('opentrade.theme')
  } catch {
    // Storage is off: the system's choice it is.
  }
  const dark = theme === 'dark' || (theme !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches)
  document.documentElement.dataset.theme = dark ? 'dark' : 'light'
})()
