/** How many bytes does each package add to a bundle? `pnpm bench:size`, minified and gzipped, by rolldown. */
import { columns } from './proxy/rounds.ts'
import type { Figure, Row, Table } from './report/result.ts'
import { report } from './report/write.ts'
import { bundle, packages } from './size/bundle.ts'

const figures: readonly Figure[] = [
  { key: 'gzip', title: 'with all imports, gzip', unit: 'bytes', against: 'nothing' },
  { key: 'minified', title: 'minified', unit: 'bytes', against: 'nothing' },
  { key: 'ownGzip', title: 'its own code, gzip', unit: 'bytes', against: 'nothing' },
  { key: 'ownMinified', title: 'minified', unit: 'bytes', against: 'nothing' },
]
const rows: Row[] = []
for (const one of packages()) {
  const [all, own] = [await bundle(one, true), await bundle(one, false)]
  const sample = { gzip: all.gzip, minified: all.minified, ownGzip: own.gzip, ownMinified: own.minified }
  rows.push({ name: one.name, samples: columns([sample]) })
}
const table: Table = {
  name: 'size',
  title: 'Bytes of a package in a bundle, without modules of Node and what the application brings itself',
  figures,
  rows,
  absent: [],
}
report({ bench: 'size', tables: [table], contestants: [{ peer: 'rolldown' }] })
