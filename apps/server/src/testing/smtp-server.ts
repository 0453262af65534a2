import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { text as readText } from 'node:stream/consumers'
import { SMTPServer } from 'smtp-server'
import type { ServerCertificate } from './certificates.ts'

/** What an SMTP server process is told. */
export interface SmtpServerOptions {
  /** 0: any that is free. */
  port: number
  /** `starttls` takes mail only after it; `tls` speaks nothing else, as `smtps:` asks for. */
  security: 'plain' | 'starttls' | 'tls'
  certificate: ServerCertificate | null
  /** Who may send; null: everybody. */
  login: { user: string; password: string } | null
}

/** A mail server says no. */
export interface Refusal {
  responseCode: number
  message: string
}

/** What the process says. */
export type FromSmtpServer =
  | { type: 'listening'; port: number }
  /** A command, as the client gave it, without its credentials. */
  | { type: 'command'; line: string }
  /** It waits for an answer before the client is told that its mail is taken. */
  | { type: 'mail'; id: number; raw: string; from: string; to: string[] }

/** What it is answered. */
export interface ToSmtpServer {
  id: number
  refusal: Refusal | null
}

/*
 * A mail server that keeps nothing: each mail goes to the process that has started it, which says whether it is taken.
 * It ends with that process.
 */
const options = JSON.parse(process.argv[2] ?? '{}') as SmtpServerOptions
const { security, certificate, login } = options
const waiting = new Map<number, (refusal: Refusal | null) => void>()
let lastId = 0

const server = new SMTPServer({
  ...certificate,
  secure: security === 'tls',
  disabledCommands: [...(security === 'plain' ? ['STARTTLS'] : []), ...(login ? [] : ['AUTH'])],
  allowInsecureAuth: security === 'plain',
  authOptional: login === null,
  logger: { debug: noteCommand },
  onAuth({ username, password }, _session, done) {
    if (username === login?.user && password === login?.password) return done(null, { user: username })
    done(refused({ responseCode: 535, message: 'Authentication failed' }))
  },
  onMailFrom(_address, session, done) {
    if (session.secure || security === 'plain') return done()
    done(refused({ responseCode: 530, message: 'Must issue a STARTTLS command first' }))
  },
  onData(stream, session, done) {
    void readText(stream).then((raw) => {
      const { mailFrom, rcptTo } = session.envelope
      const id = ++lastId
      waiting.set(id, (refusal) => done(refusal && refused(refusal)))
      const to = rcptTo.map((recipient) => recipient.address)
      tell({ type: 'mail', id, raw, from: mailFrom ? mailFrom.address : '', to })
    })
  },
})
// A client that does not trust the certificate breaks off.
server.on('error', () => undefined)

function tell(message: FromSmtpServer): void {
  process.send?.(message)
}

/** The library writes what it hears into its log only. */
function noteCommand(_entry: unknown, format: unknown, line: unknown): void {
  if (format === 'C:') tell({ type: 'command', line: String(line) })
}

function refused(refusal: Refusal): Error {
  return Object.assign(new Error(refusal.message), refusal)
}

process.on('message', ({ id, refusal }: ToSmtpServer) => {
  waiting.get(id)?.(refusal)
  waiting.delete(id)
})
process.once('disconnect', () => process.exit())

server.listen(options.port, '127.0.0.1')
await once(server.server, 'listening')
// Of a server that listens on TCP, the address is no path.
tell({ type: 'listening', port: (server.server.address() as AddressInfo).port })
