import { type Figure, lineOf } from './measure.ts'

/** Each bench by name; loaded when it is asked for, so that one does not pay for another. */
const benches: Record<string, () => Promise<Figure[]>> = {
  seal: async () => (await import('./seal.ts')).benchSeal(),
  read: async () => (await import('./read.ts')).benchRead(),
  auth: async () => (await import('./auth.ts')).benchAuth(),
  revoke: async () => (await import('./revoke.ts')).benchRevoke(),
  rls: async () => (await import('./rls.ts')).benchRls(),
  write: async () => (await import('./write.ts')).benchWrite(),
  rotate: async () => (await import('./rotate.ts')).benchRotate(),
  'rotate-kill': async () => (await import('./rotate-kill.ts')).benchRotateKill(),
  'root-key-states': async () => (await import('./root-key-states.ts')).benchRootKeyStates(),
  'kill-loop': async () => (await import('./kill-loop.ts')).benchKillLoop(),
  sync: async () => (await import('./sync.ts')).benchSync(),
  backup: async () => (await import('./backup.ts')).benchBackup(),
  timing: async () => (await import('./timing.ts')).benchTiming(),
  fuzz: async () => (await import('./fuzz.ts')).benchFuzz(),
  proofs: async () => (await import('./proofs.ts')).benchProofs(),
  'first-load': async () => (await import('./first-load.ts')).benchFirstLoad(),
  start: async () => (await import('./start.ts')).benchWarmStart(),
  'cold-start': async () => (await import('./start.ts')).benchColdStart(),
}

/** One downloads every package, the others take minutes: they run only when they are named. */
const ONLY_BY_NAME = [
  'cold-start',
  'rotate-kill',
  'root-key-states',
  'kill-loop',
  'backup',
  'fuzz',
  'timing',
  'proofs',
]

const wanted = process.argv.slice(2)
const unknown = wanted.filter((name) => !Object.hasOwn(benches, name))
if (unknown.length > 0) {
  console.error(`No bench is named ${unknown.join(', ')}. There are: ${Object.keys(benches).join(', ')}.`)
  process.exit(2)
}

for (const [name, bench] of Object.entries(benches)) {
  if (wanted.length > 0 ? !wanted.includes(name) : ONLY_BY_NAME.includes(name)) continue
  console.log(`# ${name}`)
  for (const figure of await bench()) console.log(lineOf(figure))
}
