/** The public names of this package. */

export { dialectOf, isEventStreamDialect } from './dialect-of.ts'
export type { DialectName } from './dialect-of.ts'
export { anthropicErrorType, openaiErrorType } from './errors.ts'
export type { AnthropicErrorType, GatewayError, OpenaiErrorType } from './errors.ts'
export { errorBody } from './error-body.ts'
export { errorEvent } from './error-event.ts'
export { problemBody } from './problem-body.ts'
