/** The process: what `headgate` runs, and what each of its workers runs. */

import cluster from 'node:cluster'
import { takeOverWarnings } from './process-warnings.ts'

/** What undici needs, and with it everything here. */
const oldestNode = [22, 19] as const

// A reader that goes away, as `head` does, is no reason to end.
process.stdout.on('error', () => {})
process.stderr.on('error', () => {})
takeOverWarnings((warning) => void process.stderr.write(`${warning.name}: ${warning.message}\n`))

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)

if (major < oldestNode[0] || (major === oldestNode[0] && minor < oldestNode[1])) {
  process.stderr.write(`headgate needs Node ${oldestNode.join('.')} or newer; this is ${process.version}\n`)
  process.exitCode = 1
} else if (cluster.isWorker) {
  const { runWorker } = await import('./workers/worker.ts')
  runWorker()
} else {
  const { run } = await import('./run.ts')
  const code = await run(process.argv.slice(2), {
    print: (text) => void process.stdout.write(text),
    complain: (text) => void process.stderr.write(text),
  })
  process.exitCode = code
  // Writes to a pipe may still be under way; handles that are left over must not keep the process.
  process.stdout.write('', () => process.exit(code))
}
