import {
  type AnyTRPCProcedure,
  type AnyTRPCRouter,
  getTRPCErrorFromUnknown,
  getTRPCErrorShape,
  TRPCError,
} from '@trpc/server'
import { getHTTPStatusCode } from '@trpc/server/http'
import { RawJson } from './raw-json.ts'

/** A request in tRPC's HTTP protocol: queries by GET with `?input=`, mutations by POST with a JSON body. */
export interface JsonCallRequest {
  method: string
  /** What follows `/trpc/`, decoded: one procedure, or several with commas when `batch`. */
  path: string
  batch: boolean
  /** Whether the caller reads a batch as tRPC's stream of JSON lines, as `httpBatchStreamLink` does. */
  lines: boolean
  /** The `input` parameter of a GET. */
  inputText: string | undefined
  /** The parsed body of a POST. */
  body: unknown
}

export interface JsonAnswer {
  status: number
  /** JSON text. */
  body: string
}

interface Options<Context> {
  router: AnyTRPCRouter
  request: JsonCallRequest
  createContext: () => Context | Promise<Context>
  onError: (o: { error: TRPCError; path: string }) => void
}

/** More calls than this in one request are refused. */
export const MAX_BATCH = 10

// A query or mutation runs to its end even when its caller leaves, so nothing is ever half done.
const neverAborted = new AbortController().signal

/**
 * Answers plain JSON calls of tRPC's protocol without building the Fetch API's Request and Response,
 * which cost tRPC's own adapters more than most of our queries do. Status and JSON are the same:
 * `json-calls.test.ts` compares them. Text that PostgreSQL built (RawJson) is copied, not parsed.
 * @returns null for what is not a plain JSON call (a subscription): tRPC's own adapter takes those.
 */
export async function answerJsonCalls<Context>(o: Options<Context>): Promise<JsonAnswer | null> {
  const { router, request } = o
  const paths = request.batch ? request.path.split(',') : [request.path]
  const procedures = paths.map((path) => findProcedure(router, path))
  if (procedures.some((procedure) => procedure?._def.type === 'subscription')) return null
  try {
    refuseMixed(procedures)
    if (paths.length > MAX_BATCH) throw badRequest(`At most ${MAX_BATCH} calls fit in one request.`)
    const inputs = memoise(() => readInputs(request, paths.length))
    const context = await o.createContext()
    const parts = await Promise.all(
      paths.map((path, index) =>
        answerOne({ ...o, context, path, procedure: procedures[index], input: () => inputs()[index], index }),
      ),
    )
    return request.batch ? joinBatch(parts, request) : (parts[0] ?? null)
  } catch (cause) {
    const part = errorPart({ ...o, cause, path: request.path, context: undefined, input: undefined })
    return request.batch
      ? joinBatch(
          paths.map(() => part),
          request,
        )
      : part
  }
}

function findProcedure(router: AnyTRPCRouter, path: string): AnyTRPCProcedure | undefined {
  const { procedures } = router._def
  return Object.hasOwn(procedures, path) ? procedures[path] : undefined
}

function refuseMixed(procedures: (AnyTRPCProcedure | undefined)[]): void {
  const types = new Set(procedures.flatMap((procedure) => procedure?._def.type ?? []))
  if (types.size > 1) throw badRequest(`Cannot mix procedure types in call: ${[...types].join(', ')}`)
}

interface OneCall<Context> extends Options<Context> {
  context: Context
  path: string
  procedure: AnyTRPCProcedure | undefined
  input: () => unknown
  index: number
}

async function answerOne<Context>(o: OneCall<Context>): Promise<JsonAnswer> {
  const { procedure, path, context, request } = o
  try {
    if (!procedure)
      throw new TRPCError({ code: 'NOT_FOUND', message: `No procedure found on path "${path}"` })
    const { type } = procedure._def
    if (request.method !== (type === 'mutation' ? 'POST' : 'GET')) {
      throw new TRPCError({
        code: 'METHOD_NOT_SUPPORTED',
        message: `Unsupported ${request.method}-request to ${type} procedure at path "${path}"`,
      })
    }
    const data: unknown = await procedure({
      path,
      type,
      ctx: context,
      getRawInput: async () => o.input(),
      signal: neverAborted,
      batchIndex: o.index,
    })
    return { status: 200, body: `{"result":${resultJson(data)}}` }
  } catch (cause) {
    return errorPart({ ...o, cause })
  }
}

function resultJson(data: unknown): string {
  return data instanceof RawJson ? `{"data":${data.text}}` : JSON.stringify({ data })
}

interface Failure<Context> extends Pick<Options<Context>, 'router' | 'onError'> {
  cause: unknown
  path: string
  procedure?: AnyTRPCProcedure | undefined
  context: Context | undefined
  input: unknown
}

function errorPart<Context>(o: Failure<Context>): JsonAnswer {
  const error = getTRPCErrorFromUnknown(o.cause)
  o.onError({ error, path: o.path })
  const shape = getTRPCErrorShape({
    config: o.router._def._config,
    error,
    path: o.path,
    type: o.procedure?._def.type ?? 'unknown',
    ctx: o.context,
    // Inputs may hold secrets and no error formatter of ours reads them.
    input: undefined,
  })
  const json = { error: shape }
  return { status: getHTTPStatusCode(json), body: JSON.stringify(json) }
}

/** One status when all calls share it, else 207 as tRPC's clients expect. */
function joinBatch(parts: JsonAnswer[], { lines }: JsonCallRequest): JsonAnswer {
  if (lines) return { status: 200, body: headLine(parts) }
  const statuses = new Set(parts.map((part) => part.status))
  const [first = 200] = statuses
  return { status: statuses.size === 1 ? first : 207, body: `[${parts.map((part) => part.body).join(',')}]` }
}

/**
 * The first line of tRPC's stream, which may hold every answer whole: index to `[[answer]]`. It is sent when all
 * are there, since cookies go with the headers; its status is 200 whatever the answers are, as from tRPC itself.
 */
function headLine(parts: JsonAnswer[]): string {
  // Inside strings JSON has no raw line breaks; between values PostgreSQL writes some.
  const entries = parts.map((part, index) => `"${index}":[[${part.body.replaceAll('\n', '')}]]`)
  return `{${entries.join(',')}}\n`
}

function readInputs(request: JsonCallRequest, count: number): unknown[] {
  const inputs = request.method === 'GET' ? parseInput(request.inputText) : request.body
  if (!request.batch) return [inputs]
  if (inputs === undefined) return []
  if (typeof inputs !== 'object' || inputs === null || Array.isArray(inputs)) {
    throw badRequest('"input" needs to be an object when doing a batch call')
  }
  const byIndex = new Map(Object.entries(inputs))
  return Array.from({ length: count }, (_, index) => byIndex.get(String(index)))
}

function parseInput(text: string | undefined): unknown {
  if (!text) return undefined
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new TRPCError({ code: 'BAD_REQUEST', message: 'The "input" parameter is not valid JSON.', cause })
  }
}

function memoise<Value>(read: () => Value): () => Value {
  let held: { value: Value } | undefined
  return () => {
    held ??= { value: read() }
    return held.value
  }
}

function badRequest(message: string): TRPCError {
  return new TRPCError({ code: 'BAD_REQUEST', message })
}
