import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'
import { PrismaPg } from '@prisma/adapter-pg'
import { bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils'
import type * as Glue from '@prisma/schema-engine-wasm/schema_engine_bg'
import type pg from 'pg'
import { openPool } from './connections.ts'
import { lookAcrossUsers } from './roles.ts'

/** Prisma's schema engine: what `prisma migrate` runs, as WebAssembly. */
export type SchemaEngine = Glue.SchemaEngine

interface EngineModule {
  SchemaEngine: typeof Glue.SchemaEngine
  __wbg_set_wasm(exports: Record<string, unknown>): void
}

/** The part of WebAssembly that is used here. Node has it, but its types leave it to those of the browser. */
interface WasmApi {
  compile(bytes: Uint8Array): Promise<WasmModule>
  instantiate(module: WasmModule, imports: object): Promise<{ exports: Record<string, unknown> }>
}
type WasmModule = { readonly wasmModule: unique symbol }
const { WebAssembly: wasm } = globalThis as unknown as { WebAssembly: WasmApi }

/** The engine's words on a panic; it looks for them on the global object. */
const panics = {
  last: '',
  set_message(message: string): void {
    panics.last = message
  },
}

let compiled: Promise<WasmModule> | undefined
let instances = 0

/**
 * Runs `use` with an engine that is connected to the database at `url`, and frees it afterwards. The module
 * is compiled once per process. An instance serves one engine (a second one in it panics), so each call
 * makes its own, with its own copy of the glue code, which holds views of the instance's memory.
 */
export async function withSchemaEngine<T>(o: {
  url: string
  /** What is sent in place of a script that the engine runs. */
  amendScript?: (script: string) => string
  use: (engine: SchemaEngine) => Promise<T>
}): Promise<T> {
  const gluePath = createRequire(import.meta.url).resolve('@prisma/schema-engine-wasm/schema_engine_bg')
  compiled ??= readFile(gluePath.replace(/\.js$/, '.wasm')).then((bytes) => wasm.compile(bytes))
  instances += 1
  const glueUrl = `${pathToFileURL(gluePath).href}?instance=${instances}`
  // The border to generated glue: its module type says nothing of the two functions used here.
  const glue = (await import(/* @vite-ignore */ glueUrl)) as EngineModule
  const instance = await wasm.instantiate(await compiled, { './schema_engine_bg.js': glue })
  glue.__wbg_set_wasm(instance.exports)
  const start = instance.exports.__wbindgen_start
  if (typeof start === 'function') start()
  Object.assign(globalThis, { PRISMA_WASM_PANIC_REGISTRY: panics })

  const pool = openPool({
    connectionString: o.url,
    // A migration may have to change rows of all users.
    onConnect: lookAcrossUsers,
    max: 1,
    application_name: 'opentrade migrate',
  })
  try {
    const engine = await glue.SchemaEngine.new(
      { datamodels: undefined },
      ignoreLog,
      adapterFactory(pool, o.amendScript),
    )
    try {
      return await o.use(engine)
    } finally {
      engine.free()
    }
  } catch (error) {
    if (panics.last === '') throw error
    throw new Error(`Prisma's schema engine failed: ${panics.last}`, { cause: error })
  } finally {
    panics.last = ''
    await pool.end()
  }
}

function ignoreLog(): void {
  // The engine's log repeats what its errors say.
}

/**
 * The adapter sends a script statement by statement, cut at each semicolon, which no function body
 * survives. Sent whole, it is one implicit transaction as well: a migration is applied or not.
 */
function adapterFactory(pool: pg.Pool, amendScript = (script: string) => script) {
  const factory = new PrismaPg(pool)
  return bindMigrationAwareSqlAdapterFactory({
    provider: factory.provider,
    adapterName: factory.adapterName,
    connectToShadowDb: () => factory.connectToShadowDb(),
    async connect() {
      const adapter = await factory.connect()
      adapter.executeScript = async (script) => {
        await adapter.executeRaw({ sql: amendScript(script), args: [], argTypes: [] })
      }
      return adapter
    },
  })
}
