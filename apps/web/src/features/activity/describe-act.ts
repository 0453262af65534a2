import { deviceName } from '../../lib/device-name.ts'
import type { AuditEntry } from '../../lib/types.ts'
import { ACCOUNT_ACTS } from './account-acts.ts'

/** How much an act is worth a look. */
type ActTone = 'plain' | 'good' | 'warning' | 'problem'

/** An entry of the log in a person's words. */
export interface ActWords {
  title: string
  /** What else there is to say; empty when there is nothing. */
  more: string
  tone: ActTone
}

/** What ids stand for, as far as it is known: a key that is deleted has no name any more. */
export interface Names {
  key: (apiKeyId: string) => string | null
  exchange: (exchangeId: string) => string | null
}

type Detail = AuditEntry['detail']
type Describe = (o: { detail: Detail; key: string; names: Names }) => Partial<ActWords> & { title: string }

const OPENED_FOR: Record<string, string> = {
  'sync of the wallet': 'to read balances',
  'check of the key': 'to check it at the exchange',
  'check of a refused key': 'to check it at the exchange again',
  'rotation of data keys': 'to seal it with a new data key',
  'comparison with a new key': 'to compare its account with that of a new key',
}

const DESCRIPTIONS: Record<string, Describe> = {
  ...ACCOUNT_ACTS,
  'auth.signed-up': ({ detail }) => ({ title: 'You made this account', more: device(detail) }),
  'auth.signed-in': ({ detail }) => ({ title: 'Signed in', more: device(detail) }),
  'auth.sign-in-failed': ({ detail }) => ({
    title: 'A sign-in failed: the password was wrong',
    more: device(detail),
    tone: 'warning',
  }),
  'auth.signed-out': ({ detail }) => ({
    title: 'Signed out',
    more: detail.reason === 'replaced' ? 'Another session began in the same browser.' : '',
  }),
  'auth.token-reused': () => ({
    title: 'A session was ended, because its key was used a second time',
    more: 'Somebody may have copied it from a browser of yours. Sign in again; if this comes back, look at that device.',
    tone: 'problem',
  }),
  'user.deletion-refused': () => ({
    title: 'Deleting this account was refused: the password was wrong',
    tone: 'warning',
  }),
  'api-key.added': ({ detail, key }) => ({ title: `Connected ${key}`, more: withdrawal(detail) }),
  'api-key.renamed': ({ key }) => ({ title: `Renamed ${key}` }),
  'api-key.replaced': ({ detail, key }) => ({ title: `Replaced ${key}`, more: withdrawal(detail) }),
  'api-key.deleted': ({ key }) => ({ title: `Deleted ${key}` }),
  'api-key.found-invalid': ({ key }) => ({
    title: `The exchange refused ${key}`,
    more: 'It is not valid any more, or for the moment.',
    tone: 'problem',
  }),
  'api-key.found-valid': ({ key }) => ({ title: `The exchange accepts ${key} again`, tone: 'good' }),
  'api-key.rights-changed': ({ detail, key }) => describeRights(detail, key),
  'vault.opened': ({ detail, key }) => ({
    title: `Opened ${key} ${OPENED_FOR[text(detail.reason)] ?? `(${text(detail.reason)})`}`,
  }),
  'admin.root-key-rotation': () => ({ title: 'Started to rotate the root key of this installation' }),
  'admin.data-key-rotation': ({ detail }) => ({
    title: detail.userId
      ? 'Started to rotate the data keys of one person'
      : 'Started to rotate all data keys',
  }),
  'admin.rotation-abandoned': ({ detail }) => ({
    title: detail.kind === 'root' ? 'Abandoned a root key rotation' : 'Abandoned a data key rotation',
  }),
  'admin.root-key-retirement': ({ key }) => ({ title: `Asked to retire the root key ${key}` }),
  'admin.root-key-retired': ({ key }) => ({ title: `Retired the root key ${key}` }),
  'admin.vault-checked': ({ detail }) => ({
    title: 'Checked the providers of root keys',
    more: detail.ok === false ? 'One of them does not work.' : '',
    tone: detail.ok === false ? 'warning' : 'plain',
  }),
  'vault.data-keys-destroyed': () => ({ title: 'Destroyed old data keys, which seal nothing any more' }),
  'exchange.updated': ({ detail, names, key }) => ({
    title: `Changed the exchange ${names.exchange(key) ?? key}`,
    more: exchangeChanges(detail),
  }),
}

/** Says in words what an entry is about. One of a kind that this page does not know is named as it is. */
export function describeAct(entry: Pick<AuditEntry, 'action' | 'target' | 'detail'>, names: Names): ActWords {
  const { action, target, detail } = entry
  const known = Object.hasOwn(DESCRIPTIONS, action) ? DESCRIPTIONS[action] : undefined
  if (!known) return { title: action, more: target ?? '', tone: 'plain' }
  const id = target?.slice(target.indexOf(':') + 1) ?? ''
  const key = /^(exchange|root-key):/.test(target ?? '') ? id : nameOfKey({ id, detail, names })
  return { more: '', tone: 'plain', ...known({ detail, key, names }) }
}

/** Whether the server acted by itself, in a job or a rotation. */
export function isServer(actor: string): boolean {
  return actor.startsWith('job:') || actor.startsWith('rotation:')
}

/** Who acted: the person, the server by itself, or somebody who was not signed in. */
export function describeActor(actor: string): string {
  if (actor.startsWith('session:')) return 'you'
  if (isServer(actor)) return 'the server'
  if (actor.startsWith('admin:')) return 'an administrator'
  if (actor.startsWith('token:')) return 'a program with a token of yours'
  if (actor === 'sign-in') return 'somebody signing in'
  return actor === 'nobody' ? 'somebody not signed in' : actor
}

function nameOfKey(o: { id: string; detail: Detail; names: Names }): string {
  const known = o.names.key(o.id)
  if (known) return `the key ${known}`
  const exchangeId = text(o.detail.exchangeId)
  const exchange = o.names.exchange(exchangeId) ?? exchangeId
  return exchange ? `a key of ${exchange}` : 'a key that is gone'
}

function device(detail: Detail): string {
  const name = deviceName(text(detail.userAgent))
  return name ? `With ${name}.` : ''
}

function withdrawal(detail: Detail): string {
  return detail.withdraw === 'yes' ? 'It can withdraw; you confirmed that.' : ''
}

function describeRights(detail: Detail, key: string): ReturnType<Describe> {
  const { withdraw } = detail
  const now = typeof withdraw === 'object' && withdraw !== null && 'now' in withdraw ? withdraw.now : null
  if (now === 'yes') {
    const more = 'If it was not you who allowed that, delete the key at the exchange at once.'
    return { title: `The exchange says that ${key} can withdraw now`, more, tone: 'problem' }
  }
  if (now === 'no') return { title: `The exchange says that ${key} cannot withdraw`, tone: 'good' }
  return { title: `The exchange no longer says whether ${key} can withdraw`, tone: 'warning' }
}

function exchangeChanges(detail: Detail): string {
  const parts = [
    address('API address', detail.apiBaseUrl),
    address('Stream address', detail.wsBaseUrl),
    detail.isActive === undefined ? '' : detail.isActive ? 'Switched on.' : 'Switched off.',
  ]
  return parts.filter(Boolean).join(' ')
}

function address(name: string, value: unknown): string {
  if (value === undefined) return ''
  return value === null ? `${name}: the exchange’s own.` : `${name}: ${text(value)}.`
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
