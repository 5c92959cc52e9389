/** The public names of the command line. */

export { run } from './run.ts'
export type { RunOptions } from './run.ts'
