/** Runs one example as a user would, for its test. */

import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** What it printed, line by line. Rejects when it ends with another code than 0. */
export async function runExample(folder: string): Promise<readonly string[]> {
  const { stdout } = await run(process.execPath, ['--conditions=@headgate/source', 'index.ts'], { cwd: folder })
  return stdout.trimEnd().split('\n')
}

/** What every example prints: three quarters of the answers are of the stable model, until it fails. */
export const expectedLines: readonly string[] = [
  'the application itself: ok',
  ...['stable', 'stable', 'canary', 'stable'].map((name, at) => `chat ${at + 1}: 200 ${name} says hello`),
  'a stream: 4 events',
  'the stable model fails from now on',
  ...[5, 6, 7, 8].map((request) => `chat ${request}: 200 canary says hello`),
]
