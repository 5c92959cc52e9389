/** The shared suites: they declare vitest tests, so they are apart from the names that need no test runner. */

export type { Mount, Mounted, MountMode, MountOptions, MountTraits } from './mount/contract.ts'
export { applicationBody } from './mount/contract.ts'
export { mountSuite } from './mount.case.ts'
export { passThroughSuite } from './pass-through.case.ts'
