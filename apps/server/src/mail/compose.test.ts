import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { composeMail } from './compose.ts'
import { invitationMail, keyInvalidMail, newDeviceMail, verifyEmailMail } from './messages.ts'

const FROM = 'https://trade.example.org'

describe('a mail', () => {
  it('says the same as text and as HTML, loads nothing, and shows where its link leads', () => {
    const url = `${FROM}/verify-email#token=abc`
    const { subject, text, html } = composeMail({ content: verifyEmailMail({ url }), from: FROM })
    expect(subject).toBe('Confirm your e-mail address')
    for (const body of [text, html]) {
      expect(body).toContain('Please confirm that this address is yours')
      expect(body).toContain(url)
    }
    expect(html).not.toMatch(/<(img|link|script|iframe|style)|src=|url\(|@import/i)
    expect(html.match(/href="([^"]+)"/g)).toEqual([`href="${url}"`])
  })

  it('lets nothing that a person or an exchange wrote become HTML or a header', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (written) => {
        const content = newDeviceMail({ at: 'today', device: `<b>${written}`, ip: written })
        const { html, subject } = composeMail({ content: { ...content, subject: `x${written}` }, from: FROM })
        expect(html).not.toContain('<b>')
        expect(subject).not.toMatch(/[\r\n]/)
        expect(html.split('<').length).toBe(html.split('>').length)
      }),
    )
  })

  it('names the key and the reason', () => {
    const content = keyInvalidMail({ key: 'The Kraken key “a&b”', reason: 'It was deleted.', url: FROM })
    const { text, html } = composeMail({ content, from: FROM })
    expect(text).toContain('The Kraken key “a&b” does not work any more: It was deleted.')
    expect(html).toContain('a&amp;b')
    expect(invitationMail({ url: FROM, until: 'tomorrow' }).action?.url).toBe(FROM)
  })
})
