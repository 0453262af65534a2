// The certificate library needs it to be there first.
import 'reflect-metadata'
import { webcrypto } from 'node:crypto'
import {
  BasicConstraintsExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
} from '@peculiar/x509'

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
const HOUR_MS = 3_600_000
const NAME = 'CN=A mail server of a test'

/** The certificate of a server, as PEM. It signs itself, so whoever trusts it trusts this server alone. */
export interface ServerCertificate {
  key: string
  cert: string
}

/** Makes one for `localhost` and the addresses of this machine, good for an hour. */
export async function makeCertificate(): Promise<ServerCertificate> {
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify'])
  const now = Date.now()
  const certificate = await X509CertificateGenerator.createSelfSigned(
    {
      name: NAME,
      keys,
      signingAlgorithm: ALGORITHM,
      // The clock of a machine may be a little behind that of its virtual host.
      notBefore: new Date(now - HOUR_MS),
      notAfter: new Date(now + HOUR_MS),
      extensions: [
        new BasicConstraintsExtension(true, undefined, true),
        new SubjectAlternativeNameExtension([
          { type: 'dns', value: 'localhost' },
          { type: 'ip', value: '127.0.0.1' },
          { type: 'ip', value: '::ffff:127.0.0.1' },
        ]),
      ],
    },
    webcrypto,
  )
  const key = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey)
  return { key: PemConverter.encode(key, 'PRIVATE KEY'), cert: certificate.toString('pem') }
}
