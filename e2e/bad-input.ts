import { ZodType, z } from 'zod'
import { proceduresOf } from '../apps/server/src/api-page.ts'
import { appRouter } from '../apps/server/src/router.ts'

/** One call of a procedure of the running server. */
export interface BadCall {
  /** For whoever reads a failing test. */
  name: string
  path: string
  type: 'query' | 'mutation' | 'subscription'
  /** JSON text, or what is meant to pass for it; undefined: no input at all. */
  input: string | undefined
}

const DEEP = 20_000
/** A query's input is in its address, and a server that refuses it early cuts the line while more is still sent. */
const HUGE = { query: 100_000, mutation: 1_000_000, subscription: 100_000 } as const

/** Inputs that fit no procedure but those that take none. */
const WHOLE_INPUTS: Record<string, string | undefined> = {
  nothing: undefined,
  null: 'null',
  'an empty object': '{}',
  'an empty text': '""',
  'a number': '-1e308',
  true: 'true',
  'an empty list': '[]',
  'a list in a list': '[[{}]]',
  'cut JSON': '{"walletId":',
  'two documents': '{}{}',
  'no JSON': 'undefined',
  'a byte order mark': '\ufeff{}',
  __proto__: '{"__proto__":{"role":"admin","walletId":"x"}}',
  constructor: '{"constructor":{"prototype":{"role":"admin"}}}',
  'unknown fields': '{"nonsense":1,"toString":2,"userId":"x"}',
  'a field twice': '{"walletId":"a","walletId":{"b":1}}',
  'deep lists': '['.repeat(DEEP) + ']'.repeat(DEEP),
  'deep objects': `${'{"a":'.repeat(DEEP)}1${'}'.repeat(DEEP)}`,
}

/** Values that stand in for one field, the others being as they should. */
const FIELD_VALUES: Record<string, string> = {
  null: 'null',
  empty: '""',
  blank: '" "',
  zero: '0',
  list: '[1,[2]]',
  object: '{"a":{"b":[]}}',
  __proto__: '{"__proto__":{"a":1}}',
  'control characters': '"a\\u0000b\\u0007\\r\\n\\u001b[31m"',
  NUL: '"\\u0000"',
  'half a character': '"\\ud800"',
  'right-to-left': '"\\u202e\\ufeff\\u200b"',
  'long text': JSON.stringify('x'.repeat(9_000)),
  markup: '"<script>alert(1)</script>\'; DROP TABLE users; --"',
  'a huge number': '1e400',
}

/** What passes the border, so that one bad field at a time gets as far as it can. */
const PLAUSIBLE: Record<string, unknown> = {
  walletId: '01890000-0000-7000-8000-000000000000',
  apiKeyId: '01890000-0000-7000-8000-000000000000',
  exchangeId: 'paper',
  email: 'nobody@example.org',
  password: 'maple orbit lantern 42',
  credentials: { apiKey: 'a'.repeat(64), secret: 'b'.repeat(64) },
  range: '7d',
  key: 'locale',
  value: 'en-US',
}

/** Every procedure of the router with every input that it ought to refuse. */
export function badCalls(): BadCall[] {
  return proceduresOf(appRouter).flatMap(({ path, procedure }) => {
    // tRPC's public types leave out where a procedure keeps its parsers.
    const { type, inputs } = procedure._def as typeof procedure._def & { inputs: unknown[] }
    const whole = { ...WHOLE_INPUTS, huge: `{"walletId":"${'x'.repeat(HUGE[type])}"}` }
    return Object.entries({ ...whole, ...fieldInputs(inputs) }).map(([name, input]) => ({
      ...{ name: `${path} with ${name}`, path, type, input },
    }))
  })
}

function fieldInputs(parsers: unknown[]): Record<string, string> {
  const names = parsers.flatMap((parser) => (parser instanceof ZodType ? fieldNames(parser) : []))
  const others = (name: string) =>
    names
      .filter((other) => other !== name && other in PLAUSIBLE)
      .map((other) => `${JSON.stringify(other)}:${JSON.stringify(PLAUSIBLE[other])}`)
  return Object.fromEntries(
    names.flatMap((name) =>
      Object.entries(FIELD_VALUES).map(([what, value]) => [
        `${what} as ${name}`,
        `{${[...others(name), `${JSON.stringify(name)}:${value}`].join(',')}}`,
      ]),
    ),
  )
}

function fieldNames(parser: ZodType): string[] {
  const schema = z.toJSONSchema(parser, { io: 'input', unrepresentable: 'any' })
  const alternatives = [schema, ...(schema.anyOf ?? []), ...(schema.oneOf ?? [])]
  return [...new Set(alternatives.flatMap(({ properties }) => Object.keys(properties ?? {})))]
}
