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

/** Takes apart what a mail server was given. */
export function readMail(mail: Pick<ReceivedMail, 'from' | 'to' | 'raw'>): ReceivedMail {
  return { from: mail.from, to: mail.to, ...readParts(mail.raw) }
}

/** The token of the first link of a mail. */
export function tokenIn(mail: { text: string } | undefined): string {
  const token = /#(?:token|invitation)=([\w-]+)/.exec(mail?.text ?? '')?.[1]
  if (!token) throw new Error('There is no link with a token in the mail.')
  return token
}

type Parts = Pick<ReceivedMail, 'headers' | 'text' | 'html' | 'raw'>

/** Reads a `multipart/alternative` of text and HTML, as ours are. */
function readParts(raw: string): Parts {
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
