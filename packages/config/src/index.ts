export type * from './types.ts'
export { conditionNames } from './types.ts'
