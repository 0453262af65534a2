import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { text as readText } from 'node:stream/consumers'
import { SMTPServer } from 'smtp-server'

/** A mail as it came over the wire. */
export interface ReceivedMail {
  from: string
  to: string[]
  /** Header names in lower case. */
  headers: Map<string, string>
  text: string
  html: string
  /** As it was sent. */
  raw: string
}

/** A mail server on loopback that keeps what it is given. */
export interface SmtpInbox {
  url: string
  mails: ReceivedMail[]
  /** The answer that the next mails get instead of being taken; null: they are taken. */
  refuseWith: { responseCode: number; message: string } | null
  mailsTo: (address: string) => ReceivedMail[]
  close: () => Promise<void>
}

/** Starts one on a free port, without TLS, as it may be between programs of one machine. */
export async function startSmtpInbox(): Promise<SmtpInbox> {
  const mails: ReceivedMail[] = []
  const server = new SMTPServer({
    disabledCommands: ['STARTTLS', 'AUTH'],
    logger: false,
    onData(stream, session, done) {
      void readText(stream).then((raw) => {
        const { refuseWith } = inbox
        if (refuseWith) return done(Object.assign(new Error(refuseWith.message), refuseWith))
        const { mailFrom, rcptTo } = session.envelope
        mails.push({
          ...readMail(raw),
          from: mailFrom ? mailFrom.address : '',
          to: rcptTo.map((recipient) => recipient.address),
        })
        done()
      })
    },
  })
  server.listen(0, '127.0.0.1')
  await once(server.server, 'listening')
  // Of a server that listens on TCP, the address is no path.
  const { port } = server.server.address() as AddressInfo
  const inbox: SmtpInbox = {
    url: `smtp://127.0.0.1:${port}`,
    mails,
    refuseWith: null,
    mailsTo: (address) => mails.filter((mail) => mail.to.includes(address)),
    close: () => new Promise((resolve) => server.close(resolve)),
  }
  return inbox
}

/** The token of the first link of a mail. */
export function tokenIn(mail: { text: string } | undefined): string {
  const token = /#(?:token|invitation)=([\w-]+)/.exec(mail?.text ?? '')?.[1]
  if (!token) throw new Error('There is no link with a token in the mail.')
  return token
}

type Parts = Pick<ReceivedMail, 'headers' | 'text' | 'html' | 'raw'>

/** Reads a `multipart/alternative` of text and HTML, as ours are. */
function readMail(raw: string): Parts {
  const { headers, body } = splitPart(raw)
  const boundary = /boundary="([^"]+)"/.exec(headers.get('content-type') ?? '')?.[1]
  const parts = boundary ? body.split(`--${boundary}`).slice(1, -1).map(splitPart) : []
  const ofType = (type: string) => {
    const part = parts.find(({ headers }) => headers.get('content-type')?.startsWith(type))
    return part ? decode(part) : ''
  }
  return { raw, headers, text: ofType('text/plain'), html: ofType('text/html') }
}

interface Part {
  headers: Map<string, string>
  body: string
}

function splitPart(raw: string): Part {
  const [head = '', ...rest] = raw.replace(/^\r\n/, '').split('\r\n\r\n')
  const lines = head.replace(/\r\n[ \t]+/g, ' ').split('\r\n')
  const headers = new Map(
    lines.map((line) => {
      const at = line.indexOf(':')
      return [line.slice(0, at).toLowerCase(), line.slice(at + 1).trim()] as const
    }),
  )
  return { headers, body: rest.join('\r\n\r\n') }
}

function decode({ headers, body }: Part): string {
  const encoding = headers.get('content-transfer-encoding')
  if (encoding === 'base64') return Buffer.from(body, 'base64').toString()
  if (encoding !== 'quoted-printable') return body
  const bytes = body
    .replace(/=\r\n/g, '')
    .replace(/=([0-9A-F]{2})/g, (_match, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
  return Buffer.from(bytes, 'latin1').toString()
}
