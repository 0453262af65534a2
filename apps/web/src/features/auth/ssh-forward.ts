const OUR_PORT = '3000'

/** The command that leads a port of a person's own computer to the server of a page, and the address to open then. */
export function sshForward({ hostname, port }: Pick<Location, 'hostname' | 'port'>): {
  command: string
  address: string
} {
  const forwarded = port || OUR_PORT
  // Addresses have brackets around an IPv6 address, and ssh takes none.
  const server = hostname.replace(/^\[(.*)\]$/, '$1')
  return {
    command: `ssh -L ${forwarded}:localhost:${forwarded} ${server}`,
    address: `http://localhost:${forwarded}`,
  }
}
