import type { AnyJob } from './jobs.ts'

/** Every job that a worker runs. A domain adds its own here, one a line. */
export const allJobs: AnyJob[] = [
  //
]
