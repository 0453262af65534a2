// Runs `pnpm <arguments>` through npx, so that a person needs Node and npm only.
import { spawnPnpm } from './pnpm.mjs'

process.exitCode = await spawnPnpm(process.argv.slice(2))
