/** What this process allocates, by who does it: V8's sampling profiler, which sees garbage too. */
import { Session } from 'node:inspector/promises'
import type { HeapProfiler } from 'node:inspector'

/** In bytes, of the heap of JavaScript. */
export interface Allocated {
  readonly all: number
  /** By headgate's own code. */
  readonly headgate: number
  /** Of those, by what counts for the metrics. */
  readonly meters: number
}

/** A sample for so many bytes: fine enough that 2000 calls tell a single boxed number, which is 16 bytes. */
const samplingInterval = 512

let session: Session | undefined

/** Begins to sample. */
export async function sampleAllocations(): Promise<void> {
  session = new Session()
  session.connect()
  await session.post('HeapProfiler.startSampling', {
    samplingInterval,
    includeObjectsCollectedByMajorGC: true,
    includeObjectsCollectedByMinorGC: true,
  })
}

/** What was allocated since then. */
export async function allocatedBytes(): Promise<Allocated> {
  if (session === undefined) throw new Error('nothing is sampled')
  const { profile } = await session.post('HeapProfiler.stopSampling')
  session.disconnect()
  session = undefined
  const found = [...nodesOf(profile.head)]
  const sum = (under: string): number =>
    found.reduce((total, { callFrame, selfSize }) => total + (callFrame.url.includes(under) ? selfSize : 0), 0)
  return { all: sum(''), headgate: sum('/packages/'), meters: sum('/packages/headgate/src/meters/') }
}

/** What headgate's own code allocates for one of so many calls, once it is compiled. */
export async function bytesPerCall(call: (index: number) => void, calls: number): Promise<number> {
  const run = (): void => {
    for (let index = 0; index < calls; index++) call(index)
  }
  for (let round = 0; round < 3; round++) run()
  await sampleAllocations()
  run()
  const { headgate } = await allocatedBytes()
  return headgate / calls
}

function* nodesOf(node: HeapProfiler.SamplingHeapProfileNode): Iterable<HeapProfiler.SamplingHeapProfileNode> {
  yield node
  for (const child of node.children) yield* nodesOf(child)
}
