const THIS_MACHINE = new Set(['localhost', '127.0.0.1', '[::1]'])

/** Whether nobody on the way reads what is sent there: https, or http that does not leave this machine. */
export function isGuarded(url: URL): boolean {
  return url.protocol === 'https:' || (url.protocol === 'http:' && THIS_MACHINE.has(url.hostname))
}
