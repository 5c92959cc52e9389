/** What a program can reach, out of a heap snapshot that it has written. */
import { readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Program } from '../proxy/program.ts'

interface Snapshot {
  readonly snapshot: {
    readonly meta: {
      readonly node_fields: readonly string[]
      /** The first is the list of types. */
      readonly node_types: readonly [readonly string[], ...unknown[]]
    }
  }
  /** So many numbers for each node as it has fields. */
  readonly nodes: readonly number[]
}

/** What programs make. The rest is the engine's own, which grows while it compiles. */
const made = new Set(['object', 'closure', 'native', 'regexp', 'string', 'concatenated string', 'sliced string'])

/** How many there are of what programs make. */
export function objectsIn({ snapshot: { meta }, nodes }: Snapshot): number {
  const [types] = meta.node_types
  const size = meta.node_fields.length
  const typeAt = meta.node_fields.indexOf('type')
  let count = 0
  for (let at = typeAt; at < nodes.length; at += size) if (made.has(types[nodes[at] ?? -1] ?? '')) count++
  return count
}

let files = 0

/** Garbage is collected before. */
export async function reachableObjects(program: Program): Promise<number> {
  const file = join(tmpdir(), `headgate-bench-${process.pid}-${++files}.heapsnapshot`)
  try {
    await program.ask({ kind: 'snapshot', file })
    return objectsIn(JSON.parse(readFileSync(file, 'utf8')) as Snapshot)
  } finally {
    rmSync(file, { force: true })
  }
}
