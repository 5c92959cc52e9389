/** Every attribute name that spans and metrics use, and where each comes from. */

/** OpenTelemetry semantic conventions for HTTP, errors and servers, 1.44; they are stable. */
export const http = {
  method: 'http.request.method',
  methodOriginal: 'http.request.method_original',
  resendCount: 'http.request.resend_count',
  requestSize: 'http.request.body.size',
  responseSize: 'http.response.body.size',
  status: 'http.response.status_code',
  route: 'http.route',
  scheme: 'url.scheme',
  path: 'url.path',
  url: 'url.full',
  protocolVersion: 'network.protocol.version',
  serverAddress: 'server.address',
  serverPort: 'server.port',
  errorType: 'error.type',
} as const

/** Semantic conventions for GenAI, the same in both versions that `conventions.ts` knows. Their status is Development. */
export const genAi = {
  operation: 'gen_ai.operation.name',
  provider: 'gen_ai.provider.name',
  requestModel: 'gen_ai.request.model',
  requestStream: 'gen_ai.request.stream',
  responseModel: 'gen_ai.response.model',
  inputTokens: 'gen_ai.usage.input_tokens',
  outputTokens: 'gen_ai.usage.output_tokens',
  cachedTokens: 'gen_ai.usage.cache_read.input_tokens',
  timeToFirstChunk: 'gen_ai.response.time_to_first_chunk',
  instructions: 'gen_ai.system_instructions',
  inputMessages: 'gen_ai.input.messages',
  outputMessages: 'gen_ai.output.messages',
  tokenType: 'gen_ai.token.type',
  tokenModality: 'gen_ai.token.modality',
} as const

/** What only headgate knows, by the fields of its decision record. */
export const own = {
  requestId: 'headgate.request.id',
  route: 'headgate.route',
  rule: 'headgate.rule',
  result: 'headgate.result',
  code: 'headgate.code',
  backend: 'headgate.backend',
  attempts: 'headgate.attempts',
  splitBy: 'headgate.split.by',
  splitChosen: 'headgate.split.chosen',
  splitSlot: 'headgate.split.slot',
  /** One text for each limit that applied: `tenants=1`, or `tenants=refused`. */
  limits: 'headgate.limits',
  /** One text for each backend that had no place: `stable circuit_open`. */
  passed: 'headgate.passed',
  endpoint: 'headgate.endpoint',
  cause: 'headgate.attempt.cause',
  because: 'headgate.attempt.because',
  outcome: 'headgate.attempt.outcome',
  clock: 'headgate.attempt.clock',
  reused: 'headgate.connection.reused',
  balance: 'headgate.pick.balance',
  /** One text for each endpoint that was looked at: `http://a:8000 2`, its attempts in flight, and why it was not to be had. */
  candidates: 'headgate.pick.candidates',
  /** In seconds, as every duration of OpenTelemetry. */
  phases: {
    queue: 'headgate.phase.queue',
    connect: 'headgate.phase.connect',
    upload: 'headgate.phase.upload',
    headers: 'headgate.phase.headers',
    firstEvent: 'headgate.phase.first_event',
    body: 'headgate.phase.body',
  },
} as const

/** Longest text of a caller or a backend that becomes a value; what is longer is cut. */
const mostCharacters = 256

export function bounded(text: string): string {
  return text.length <= mostCharacters ? text : text.slice(0, mostCharacters)
}
