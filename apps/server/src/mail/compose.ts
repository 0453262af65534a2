/** What a mail says, before it takes the form of text and HTML. */
export interface MailContent {
  subject: string
  paragraphs: string[]
  /** The one thing to do. */
  action?: { label: string; url: string }
  /** What to do if the mail is a surprise. */
  afterwards?: string[]
}

const ESCAPES: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}
const FONT = 'font-family:system-ui,-apple-system,Segoe UI,Roboto,Helvetica,Arial,sans-serif'
const PARAGRAPH = 'margin:0 0 16px;font-size:16px;line-height:1.5;color:#1f2328'
const SMALL = 'margin:0 0 8px;font-size:13px;line-height:1.5;color:#57606a'
const BUTTON =
  'display:inline-block;padding:12px 20px;border-radius:8px;background:#0b5cad;color:#ffffff;font-size:16px;font-weight:600;text-decoration:none'

/**
 * Lays a mail out, as text and as HTML that loads nothing from anywhere: what is in it says the same in both.
 * @param o.from the address of this installation, for the last line
 */
export function composeMail(o: { content: MailContent; from: string }): {
  subject: string
  text: string
  html: string
} {
  // A subject is one line, whatever the person called themselves.
  const subject = o.content.subject.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ')
  return { subject, text: asText(o), html: asHtml({ ...o, subject }) }
}

function asText({ content, from }: { content: MailContent; from: string }): string {
  const { paragraphs, action, afterwards = [] } = content
  const parts = [
    ...paragraphs,
    ...(action ? [`${action.label}:\n${action.url}`] : []),
    ...afterwards,
    `--\nOpenTrade at ${from}`,
  ]
  return `${parts.join('\n\n')}\n`
}

function asHtml(o: { content: MailContent; from: string; subject: string }): string {
  const { paragraphs, action, afterwards = [] } = o.content
  const small = (text: string) => `<p style="${SMALL}">${text}</p>`
  return [
    '<!doctype html>',
    `<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${asHtmlText(o.subject)}</title></head>`,
    `<body style="margin:0;padding:24px 12px;background:#f6f8fa;${FONT}">`,
    '<div style="max-width:560px;margin:0 auto;padding:28px;background:#ffffff;border:1px solid #d0d7de;border-radius:12px">',
    `<h1 style="margin:0 0 20px;font-size:20px;line-height:1.3;color:#1f2328">${asHtmlText(o.subject)}</h1>`,
    ...paragraphs.map((text) => `<p style="${PARAGRAPH}">${asHtmlText(text)}</p>`),
    ...(action ? button(action) : []),
    ...afterwards.map((text) => small(asHtmlText(text))),
    '<hr style="margin:20px 0;border:0;border-top:1px solid #d0d7de">',
    small(`OpenTrade at ${asHtmlText(o.from)}`),
    '</div></body></html>',
  ].join('\n')
}

/** The address stands below the button, too: some programs show no links, and one should see where they lead. */
function button({ label, url }: { label: string; url: string }): string[] {
  return [
    `<p style="margin:0 0 16px"><a href="${asHtmlText(url)}" style="${BUTTON}">${asHtmlText(label)}</a></p>`,
    `<p style="${SMALL};word-break:break-all">${asHtmlText(url)}</p>`,
  ]
}

function asHtmlText(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ESCAPES[character] ?? character)
}
