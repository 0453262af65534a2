import type { AnyTRPCProcedure, AnyTRPCRouter } from '@trpc/server'
import { ZodType, z } from 'zod'
import { appRouter } from './router.ts'
import { type ProcedureMeta, type RequiredScope, requiredScope } from './trpc.ts'

const INTRODUCTION = `# API

Every procedure of an installation, made from the router; \`npm run docs\` writes this page, and a test holds it to the code.

The protocol is tRPC 11 over HTTP, without a transformer, at \`/trpc\`: a query is \`GET /trpc/<procedure>?input=<JSON>\`, a mutation \`POST /trpc/<procedure>\` with a JSON body, a subscription an event stream. From TypeScript use \`createClient\` of \`packages/client\`; from elsewhere any HTTP client does:

\`\`\`sh
curl -c jar -H 'content-type: application/json' -H 'origin: http://localhost:3000' \\
  -d '{"email":"you@example.org","password":"a long password of yours"}' http://localhost:3000/trpc/auth.login
curl -b jar http://localhost:3000/trpc/wallets.list
\`\`\`

- Amounts are decimal strings (\`"0.00000001"\`), times ISO 8601 in UTC, ids UUIDs.
- A call with cookies that changes something must come from the installation's own origin (\`Sec-Fetch-Site\` or \`Origin\`) as \`application/json\`; one that another site's page makes to read is refused, too (\`CROSS_ORIGIN\`). \`Authorization: Bearer <access token>\` stands in for cookies.
- \`Authorization: Bearer ot_…\` is an API token (\`apiTokens.create\`): it does what its scopes allow, and the page names the one that each procedure needs. Refusals: \`SCOPE_TOO_SMALL\`, \`SESSION_ONLY\`. A token of scope \`manage\` is not asked to confirm who it is.
- What asks for a recent confirmation (\`STEP_UP_REQUIRED\`) takes one that is no older than five minutes: a sign-in, or \`auth.stepUp\`.
- Access tokens are verified with the keys at \`/.well-known/jwks.json\`.
- At most 10 calls travel in one batch.
- An error is \`{ "error": { "message", "data": { "code", "httpStatus", "reason", "fields"?, "retryAt"?, "exchangeCode"? } } }\`: \`message\` is a sentence for the person, \`reason\` is stable, \`fields\` gives a sentence for each wrong input. Another person's id answers as an unknown one.
`

const ACCESS = { anyone: 'anyone', user: 'signed in', admin: 'administrator' }
const STEP_UP = ', who has shown within 5 minutes who they are (`STEP_UP_REQUIRED`, see `auth.stepUp`)'

const SCOPE: Record<RequiredScope, string> = {
  read: 'scope `read`',
  trade: 'scope `trade`',
  manage: 'scope `manage`',
  any: 'any token',
  none: 'no token',
}

/** The text of `docs/api.md`. */
export function apiPage(): string {
  const procedures = proceduresOf(appRouter)
  const sections = procedures.map((procedure) => section(procedure))
  return `${INTRODUCTION}\n${accessTable(procedures)}\n${sections.join('\n')}`
}

/** Who may call what, at a glance. */
function accessTable(procedures: ProcedureEntry[]): string {
  const rows = procedures.map((entry) => {
    const { path, procedure, meta } = entry
    const confirmed = meta.stepUp ? 'yes' : ''
    return `| \`${path}\` | ${procedure._def.type} | ${ACCESS[meta.access ?? 'anyone']} | ${SCOPE[scopeOf(entry)]} | ${confirmed} |`
  })
  const head = ['| procedure | | who | API token | confirmed |', '| --- | --- | --- | --- | --- |']
  return ['## Who may call what', '', ...head, ...rows, ''].join('\n')
}

function scopeOf({ path, procedure, meta }: ProcedureEntry): RequiredScope {
  return requiredScope({ path, type: procedure._def.type, meta })
}

/** A procedure as the API page tells of it. */
export interface ProcedureEntry {
  /** `domain.verb` */
  path: string
  procedure: AnyTRPCProcedure
  meta: ProcedureMeta
}

/** Every procedure of a router, flat: tRPC keeps them by path, though its types show the tree. */
export function proceduresOf(router: AnyTRPCRouter): ProcedureEntry[] {
  const flat: Record<string, AnyTRPCProcedure> = router._def.procedures
  return Object.entries(flat).map(([path, procedure]) => ({
    path,
    procedure,
    meta: procedure.meta as ProcedureMeta,
  }))
}

function section(entry: ProcedureEntry): string {
  const { path, procedure, meta } = entry
  // tRPC's public types leave out where a procedure keeps its parsers.
  const { type, inputs } = procedure._def as typeof procedure._def & { inputs: unknown[] }
  const lines = [
    `## ${path}`,
    '',
    `${type}, ${ACCESS[meta.access ?? 'anyone']}${meta.stepUp ? STEP_UP : ''}. ${meta.summary ?? ''}`.trim(),
    '',
  ]
  const input = inputs.find((parser) => parser instanceof ZodType)
  const rows = input ? fieldRows(input) : []
  if (rows.length > 0) lines.push('| input | type | |', '| --- | --- | --- |', ...rows, '')
  if (meta.returns) lines.push(`Returns ${meta.returns}`, '')
  return lines.join('\n')
}

type Schema = z.core.JSONSchema.BaseSchema

function fieldRows(input: ZodType): string[] {
  const schema = z.toJSONSchema(input, { io: 'input', unrepresentable: 'any' })
  const required = new Set(schema.required ?? [])
  return Object.entries(schema.properties ?? {}).map(([name, field]) => {
    const property = typeof field === 'boolean' ? {} : field
    const notes = [required.has(name) ? '' : 'optional', property.description ?? '']
      .filter(Boolean)
      .join('; ')
    return `| \`${name}\` | ${typeOf(property)} | ${notes} |`
  })
}

function typeOf(schema: Schema): string {
  if (schema.enum) return schema.enum.map((value) => `\`${JSON.stringify(value)}\``).join(' or ')
  if (schema.const !== undefined) return `\`${JSON.stringify(schema.const)}\``
  const options = schema.anyOf ?? schema.oneOf
  if (options) return options.map((option) => typeOf(option as Schema)).join(' or ')
  if (schema.type === 'array') return `list of ${typeOf((schema.items as Schema | undefined) ?? {})}`
  const limits = [
    schema.format,
    schema.minLength !== undefined && `at least ${schema.minLength}`,
    schema.maxLength !== undefined && `at most ${schema.maxLength} characters`,
  ].filter(Boolean)
  return [schema.type ?? 'any JSON', limits.length > 0 && `(${limits.join(', ')})`].filter(Boolean).join(' ')
}
