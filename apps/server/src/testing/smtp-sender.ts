import { openSmtp } from '../mail/smtp.ts'

/*
 * Sends one mail as the product does, by the SMTP_URL that it is given, and says whether it went out or why it did not.
 * A process of its own, since Node reads NODE_EXTRA_CA_CERTS at its start only.
 */
const send = openSmtp({ smtpUrl: process.argv[2] ?? '', from: 'OpenTrade <trade@example.org>' })
try {
  await send({
    to: 'ada@example.org',
    recipientId: null,
    subject: 'A link',
    text: 'https://trade.example.org/#token=canary',
    html: '<p>https://trade.example.org/#token=canary</p>',
  })
  process.stdout.write('sent')
} catch (error) {
  process.stdout.write(error instanceof Error ? error.message : 'Something else than an error was thrown')
}
