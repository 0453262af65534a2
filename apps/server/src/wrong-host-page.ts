import { createHash } from 'node:crypto'
import { isIPv6 } from 'node:net'
import type { FastifyReply } from 'fastify'

/** The page stands alone: files of the web app are not served to this host either. Colors are the web app's. */
const STYLE = `
:root { color-scheme: light dark; --ink: #14211e; --soft: #46524e; --line: #dedacd; --page: #f3f1ea; --panel: #fffdf8; --brand: #0b6658 }
@media (prefers-color-scheme: dark) {
  :root { --ink: #ebefe8; --soft: #b2beb8; --line: #293733; --page: #0b1110; --panel: #151f1c; --brand: #5fcab2 }
}
* { box-sizing: border-box }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 1.25rem; background: var(--page); color: var(--ink); font: 1rem/1.5 system-ui, sans-serif }
main { width: 100%; max-width: 38rem; padding: 2rem; border: 1px solid var(--line); border-radius: .75rem; background: var(--panel) }
h1 { margin: 0 0 .75rem; font-size: 1.5rem; line-height: 1.25; letter-spacing: -.015em }
p { margin: 0 0 1rem; color: var(--soft) }
dl { margin: 0 } dt { font-weight: 600 } dd { margin: .125rem 0 1rem; color: var(--soft) } dd:last-child { margin-bottom: 0 }
a { color: var(--brand); font-weight: 500; overflow-wrap: anywhere }
b, code { color: var(--ink); overflow-wrap: anywhere } code { font: .875em ui-monospace, monospace }
`

const STYLE_HASH = createHash('sha256').update(STYLE).digest('base64')

const CONTENT_POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${STYLE_HASH}'`,
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

interface WrongHost {
  /** The host that the person came by, as `readHost` gives it. */
  host: string | null
  publicUrl: string | null
  /** Where this process listens. */
  port: number
}

/** Tells a person in a browser that this server does not answer to this host, and how to reach it. */
export function sendWrongHostPage(reply: FastifyReply, o: WrongHost): FastifyReply {
  return reply
    .code(421)
    .header('content-security-policy', CONTENT_POLICY)
    .type('text/html; charset=utf-8')
    .send(pageOf(o))
}

function pageOf(o: WrongHost): string {
  const by = o.host === null ? 'this address' : `<b>${escapeHtml(o.host)}</b>`
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Use another address - OpenTrade</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>Use another address to open OpenTrade</h1>
<p>This server does not answer to ${by}.</p>
<dl>
${o.publicUrl === null ? waysWithoutPublicUrl(o) : waysTo(o.publicUrl)}
</dl>
</main>
</body>
</html>
`
}

function waysTo(publicUrl: string): string {
  const url = escapeHtml(publicUrl)
  return `<dt>Its address</dt>
<dd><a href="${url}">${url}</a></dd>
<dt>If you run this server</dt>
<dd>The proxy in front must pass on the host name it was asked for. In nginx: <code>proxy_set_header Host $host;</code></dd>`
}

function waysWithoutPublicUrl({ host, port }: WrongHost): string {
  const server = escapeHtml(host ?? 'trade.example.org')
  // Only an address of the web has brackets around it.
  const authority = host !== null && isIPv6(host) ? `[${server}]` : server
  const local = `http://localhost:${port}`
  return `<dt>On the computer it runs on</dt>
<dd>Open <a href="${local}">${local}</a>.</dd>
<dt>From another computer</dt>
<dd>Run <code>ssh -L ${port}:localhost:${port} ${server}</code>, then open <a href="${local}">${local}</a>.</dd>
<dt>For everyone, under a name</dt>
<dd>Put a TLS proxy in front and start OpenTrade with <code>PUBLIC_URL=https://${authority}</code>.</dd>`
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}
