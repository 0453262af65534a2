import { isNoAddress } from '../auth/no-address.ts'
import type { Services } from '../context.ts'
import { publicAddress } from './addresses.ts'
import { composeMail, type MailContent } from './compose.ts'

/** Lays a mail out and sends it, but to those who have no address. Call it from a job: a mail server may be slow, or down. */
export async function sendComposed(o: {
  services: Services
  to: string
  recipientId: string | null
  content: MailContent
}): Promise<void> {
  const { services, to, recipientId, content } = o
  if (isNoAddress(to)) return
  const composed = composeMail({ content, from: await publicAddress(services) })
  await services.mailer.send({ to, recipientId, ...composed })
}
