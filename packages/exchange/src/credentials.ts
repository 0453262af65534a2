import { exchangeName, fieldsOf } from './catalogue.ts'
import { credentialNames } from './credential-fields.ts'
import { ExchangeError } from './exchange-error.ts'
import { asSentence, listFields } from './sentences.ts'
import type { CredentialField, Credentials } from './types.ts'

/** The longest part of a credential: an RSA key of 4,096 bits in PEM form takes 3.3 kB. */
const maxBytes = 8192

/** A PEM key whose line breaks were written as \n, which is how Coinbase's download holds them. */
function withLineBreaks(value: string): string {
  return value.includes('-----BEGIN') ? value.replaceAll('\\n', '\n') : value
}

function refuse(exchangeId: string, message: string): never {
  throw new ExchangeError({ code: 'INVALID_KEY', exchangeId, message })
}

function checkForm(options: { exchangeId: string; field: CredentialField; value: string }): void {
  const { exchangeId, field, value } = options
  const exchange = asSentence(exchangeName(exchangeId))
  if (Buffer.byteLength(value) > maxBytes) {
    refuse(
      exchangeId,
      `${exchange}: ${field.label} is longer than 8 kB, which no key is. Paste only the key.`,
    )
  }
  const unusable = field.multiline ? /[^\P{Cc}\t\n\r]/u : /\p{Cc}/u
  if (unusable.test(value)) {
    refuse(exchangeId, `${exchange}: ${field.label} holds characters that no key has. Paste it again.`)
  }
}

/**
 * The credentials that an exchange asks for, as they go to it: outer white space stripped, nothing else.
 *
 * Parts that the exchange does not ask for are left out, whatever their names. Throws ExchangeError
 * 'CREDENTIALS_MISSING' naming what is missing, 'INVALID_KEY' for a part that no exchange can have given.
 */
export function checkCredentials(options: {
  exchangeId: string
  ccxtId: string
  credentials: Credentials
}): Credentials {
  const { exchangeId, ccxtId } = options
  const fields = fieldsOf(exchangeId, ccxtId)
  const given = credentialNames.flatMap((name) => {
    const value = Object.hasOwn(options.credentials, name) ? options.credentials[name]?.trim() : undefined
    return value === undefined || value === '' ? [] : [[name, withLineBreaks(value)] as const]
  })
  const credentials: Credentials = Object.fromEntries(given)
  const missing = fields.filter((field) => credentials[field.name] === undefined)
  if (missing.length > 0) {
    const exchange = asSentence(exchangeName(exchangeId))
    const message = `${exchange} also needs ${listFields(missing.map((field) => field.label))}.`
    throw new ExchangeError({ code: 'CREDENTIALS_MISSING', exchangeId, message })
  }
  for (const field of fields) {
    checkForm({ exchangeId, field, value: credentials[field.name] ?? '' })
  }
  return Object.fromEntries(fields.map((field) => [field.name, credentials[field.name]]))
}
