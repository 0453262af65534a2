/** Reads a small setting of this browser; null when there is none or storage is off. */
export function readStored(name: string): string | null {
  try {
    return localStorage.getItem(`opentrade.${name}`)
  } catch {
    return null
  }
}

/** Keeps a small setting in this browser, or forgets it with null. Never for a secret. */
export function writeStored(name: string, value: string | null): void {
  try {
    if (value === null) localStorage.removeItem(`opentrade.${name}`)
    else localStorage.setItem(`opentrade.${name}`, value)
  } catch {
    // Storage is off: the setting lasts as long as the page.
  }
}
