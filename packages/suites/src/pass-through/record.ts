/** What a client saw, as plain data that two runs can be compared by. Knows no client. */

/** Fields whose values are made anew for each reply. Their presence is compared, their value is not. */
const volatileFields: ReadonlySet<string> = new Set([
  'created',
  'created_at',
  'date',
  'id',
  'item_id',
  'message_id',
  'request-id',
  'requestID',
  'request_id',
  'response_id',
  'responseId',
  'timestamp',
  'x-request-id',
])

/** Fields that belong to one hop: they are not compared. */
const hopFields: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'via',
])

/** Fields of a request that name the hop it came over, or that a gateway sets. */
const addedFields: ReadonlySet<string> = new Set([
  'forwarded',
  'host',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-proto',
])

/** What is looked at of an error, where it is there. */
const errorFields = [
  'name',
  'message',
  'status',
  'statusCode',
  'type',
  'code',
  'param',
  'error',
  'headers',
  'requestID',
  'responseHeaders',
  'responseBody',
  'isRetryable',
  'lc_error_code',
] as const

/** A deep copy as plain JSON, with the volatile values replaced by their field's name and hop fields left out. */
export function normalise(value: unknown): unknown {
  if (value instanceof Headers) return normalise(Object.fromEntries(value))
  if (value instanceof Date) return value.toISOString()
  if (Array.isArray(value)) return value.map(normalise)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value)
    .filter(([name, field]) => !hopFields.has(name) && field !== undefined && typeof field !== 'function')
    .map(([name, field]) => [name, volatileFields.has(name) && field !== null ? `<${name}>` : normalise(field)])
  return Object.fromEntries(entries)
}

/** The headers of a request as a server saw them, without those that differ by the way it took. */
export function normaliseRequestHeaders(headers: Readonly<Record<string, string>>): unknown {
  return normalise(Object.fromEntries(Object.entries(headers).filter(([name]) => !addedFields.has(name))))
}

/** An error of a client as a record; its class counts, its stack does not. */
export function errorRecord(error: unknown): Readonly<Record<string, unknown>> {
  if (!(error instanceof Error)) return { thrown: String(error) }
  const fields = errorFields
    .map((name) => [name, (error as unknown as Readonly<Record<string, unknown>>)[name]] as const)
    .filter(([, field]) => field !== undefined)
  return { class: error.constructor.name, ...Object.fromEntries(fields) }
}

/** Runs something that is meant to fail. */
export async function failureOf(run: () => Promise<unknown>): Promise<unknown> {
  try {
    return { unexpected: await run() }
  } catch (error) {
    return errorRecord(error)
  }
}
