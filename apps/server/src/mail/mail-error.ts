const UNTRUSTED =
  'The certificate of the mail server is not trusted. NODE_EXTRA_CA_CERTS may name the authority that made it'

/** By the code of Nodemailer (its `errors.js`); what is not here is said by the mail server alone. */
const SENTENCES: Record<string, string> = {
  EAUTH: 'The mail server does not take the user and password of SMTP_URL',
  ETLS: 'The mail server does not encrypt, and without that nothing is sent to another machine',
  EDNS: 'The host of SMTP_URL is not known',
  ESOCKET: 'The mail server of SMTP_URL does not answer',
  ECONNECTION: 'The mail server of SMTP_URL has broken off',
  ETIMEDOUT: 'The mail server of SMTP_URL takes too long',
}

/** A mail did not go out. The message is for the operator, who reads it in the log. */
export class MailError extends Error {
  override name = 'MailError'
}

/** Puts what is wrong and what to do before the words of the mail server, or of the system. */
export function mailError(error: unknown): MailError {
  if (!(error instanceof Error)) return new MailError('The mail could not be sent')
  const { code, originalCode } = error as { code?: unknown; originalCode?: unknown }
  // Those of Node, such as DEPTH_ZERO_SELF_SIGNED_CERT and UNABLE_TO_VERIFY_LEAF_SIGNATURE.
  const isUntrusted = typeof originalCode === 'string' && /CERT|SIGNATURE/.test(originalCode)
  const sentence = isUntrusted ? UNTRUSTED : SENTENCES[String(code)]
  return new MailError(sentence ? `${sentence}: ${error.message}` : error.message)
}
