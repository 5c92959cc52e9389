/** The metrics of a gateway in a registry of prom-client, and what answers a scrape. */

import type { IncomingMessage, ServerResponse } from 'node:http'
import { Registry } from 'prom-client'
import type { RegistryContentType } from 'prom-client'
import type { MetersOptions, MetersReading, TokenPrice } from 'headgate'
import { Collector } from './collector.ts'
import { checkedPrefix, defaultPrefix, exposedMetrics } from './metrics.ts'
import { takeSnapshot } from './samples.ts'
import type { MetricSnapshot } from './samples.ts'

/** What is measured: a gateway. */
export interface Metered {
  meters(options?: MetersOptions): MetersReading
}

export interface MetricsOptions {
  /** What all names begin with. Default `headgate`; with `kgateway` the names of the kgateway document are there as well. */
  readonly prefix?: string
  /** The application's own registry, such as prom-client's `register`. Default one of its own. */
  readonly registry?: Registry<RegistryContentType>
  /** Upper bounds of all histograms, in seconds. Default 5 ms to 10 min. */
  readonly buckets?: readonly number[]
  /** Counts tokens too (`tokens_total`, `time_per_output_token_seconds`): the two ends of each reply are kept and read. Default false. */
  readonly tokens?: boolean
  /**
   * What tokens cost, by model, for a million of them: counts `cost_total`, and tokens as with `tokens`. A name of the list also
   * stands for one with a day at its end (`-2024-08-06`). Default none.
   */
  readonly prices?: Readonly<Record<string, TokenPrice>>
  /**
   * OpenMetrics instead of the Prometheus text format, whatever a scraper asks for, with exemplars: buckets of durations name the trace
   * of the last request in them. Not together with `registry`, whose own content type says the same. Default false.
   */
  readonly openMetrics?: boolean
  /**
   * Longest wait for the collectors of the registry, in ms: the application's own may never end. Then the scrape fails and the next
   * one asks again. Default 9000, just below what Prometheus waits by default.
   */
  readonly timeoutMs?: number
}

/** Metrics that can be scraped. */
export interface Metrics {
  readonly registry: Registry<RegistryContentType>
  /** Of `text`. */
  readonly contentType: string
  /** The whole registry as text. Those who ask while it is made get the same. Rejects when it is not made within `timeoutMs`. */
  text(): Promise<string>
  /** Answers GET and HEAD, whatever the path: for node:http, and as a route of Express. */
  readonly node: (request: IncomingMessage, response: ServerResponse) => void
  /** The same for fetch: a route of Hono. */
  readonly fetch: (request?: Request) => Promise<Response>
  /** Takes the metrics out of the registry. The gateway goes on counting. */
  stop(): void
}

/**
 * Begins to count and registers every metric. Labels hold names of the config, methods and statuses, never what callers send.
 *
 * Throws TypeError for a bad prefix or `openMetrics` beside `registry`, RangeError for bad buckets, prices or `timeoutMs`,
 * GatewayError where the gateway counts with other buckets already, and prom-client's Error where the registry has a metric of the
 * same name.
 */
export function metrics(gate: Metered, options: MetricsOptions = {}): Metrics {
  const { prefix = defaultPrefix, buckets, prices, tokens = false, openMetrics = false, timeoutMs = 9000 } = options
  if (openMetrics && options.registry !== undefined)
    throw new TypeError('openMetrics beside registry: the registry that is given has its own content type')
  if (!(timeoutMs > 0 && timeoutMs <= longestTimeoutMs))
    throw new RangeError(`timeoutMs is ${timeoutMs}: expected a time above 0`)
  const exposed = exposedMetrics(checkedPrefix(prefix))
  const registry = options.registry ?? openRegistry(openMetrics)
  const exemplars = registry.contentType === Registry.OPENMETRICS_CONTENT_TYPE
  const more = { ...(buckets === undefined ? {} : { buckets }), ...(prices === undefined ? {} : { prices }) }
  gate.meters({ tokens, exemplars, ...more })
  const taken = exposed.find(({ name }) => registry.getSingleMetric(name) !== undefined)
  if (taken !== undefined) throw new Error(`the registry has a metric ${taken.name} already: choose another prefix`)
  const read = onceATurn(() => takeSnapshot(gate.meters()))
  for (const metric of exposed) void new Collector(metric, registry, read)
  const text = shared(async () => {
    const made = await inTime(registry.metrics(), timeoutMs)
    return exemplars ? withUnits(made) : made
  })
  return {
    registry,
    get contentType() {
      return registry.contentType
    },
    text,
    node: (request, response) => void answerNode(request, response, registry, text),
    fetch: (request) => answerFetch(request, registry, text),
    stop() {
      for (const { name } of exposed) registry.removeSingleMetric(name)
    },
  }
}

/** OpenMetrics has a line for what prom-client has only in the name. */
function withUnits(text: string): string {
  return text.replace(/^# TYPE (\S+_seconds) (?:histogram|gauge|summary)$/gm, '$&\n# UNIT $1 seconds')
}

/** What a timer of Node can wait. */
const longestTimeoutMs = 2 ** 31 - 1

/** Not all collectors came to an end. */
class CollectTimeout extends Error {
  override readonly name = 'CollectTimeout'

  constructor(timeoutMs: number) {
    super(`the metrics were not collected within ${timeoutMs} ms: a collector of the registry does not end`)
  }
}

/** What was not ready in time is left to itself. */
async function inTime(text: Promise<string>, timeoutMs: number): Promise<string> {
  const { promise, reject } = Promise.withResolvers<never>()
  const limit = setTimeout(() => reject(new CollectTimeout(timeoutMs)), timeoutMs)
  try {
    return await Promise.race([text, promise])
  } finally {
    clearTimeout(limit)
  }
}

/** A collector of the application that failed says nothing to whoever scrapes; that one took too long is no secret. */
function reasonOf(error: unknown): string {
  return error instanceof CollectTimeout ? `${error.message}\n` : ''
}

function openRegistry(openMetrics: boolean): Registry<RegistryContentType> {
  const registry = new Registry<RegistryContentType>()
  if (openMetrics) registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE)
  return registry
}

/** All metrics of a scrape are read in one turn: they show one moment, and the meters are read once. */
function onceATurn(read: () => MetricSnapshot): () => MetricSnapshot {
  let reading: MetricSnapshot | undefined
  return () => {
    if (reading === undefined) {
      queueMicrotask(() => {
        reading = undefined
      })
      reading = read()
    }
    return reading
  }
}

/** The text of a snapshot; `prefix` and `openMetrics` as for `metrics`. Rejects with TypeError for a bad prefix. */
export async function snapshotText(
  snapshot: MetricSnapshot,
  { prefix = defaultPrefix, openMetrics = false }: Pick<MetricsOptions, 'prefix' | 'openMetrics'> = {},
): Promise<string> {
  const registry = openRegistry(openMetrics)
  for (const metric of exposedMetrics(checkedPrefix(prefix))) void new Collector(metric, registry, () => snapshot)
  const text = await registry.metrics()
  return openMetrics ? withUnits(text) : text
}

/** Whoever asks while it is under way waits for the same: many scrapers cost no more than one. */
function shared(make: () => Promise<string>): () => Promise<string> {
  let pending: Promise<string> | undefined
  return () => {
    pending ??= make().finally(() => {
      pending = undefined
    })
    return pending
  }
}

const plainText = { 'content-type': 'text/plain; charset=utf-8' }

async function answerNode(
  request: IncomingMessage,
  response: ServerResponse,
  registry: Registry<RegistryContentType>,
  text: () => Promise<string>,
): Promise<void> {
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.writeHead(405, { allow: 'GET, HEAD' }).end()
    return
  }
  try {
    const body = Buffer.from(await text())
    // Whoever mounted this may have answered meanwhile.
    if (response.headersSent) return
    response.writeHead(200, { 'content-type': registry.contentType, 'content-length': body.length })
    response.end(request.method === 'HEAD' ? undefined : body)
  } catch (error) {
    if (response.headersSent) response.destroy()
    else response.writeHead(500, plainText).end(reasonOf(error))
  }
}

async function answerFetch(
  request: Request | undefined,
  registry: Registry<RegistryContentType>,
  text: () => Promise<string>,
): Promise<Response> {
  const method = request?.method ?? 'GET'
  if (method !== 'GET' && method !== 'HEAD') return new Response(null, { status: 405, headers: { allow: 'GET, HEAD' } })
  try {
    const body = await text()
    const headers = { 'content-type': registry.contentType }
    return new Response(method === 'HEAD' ? null : body, { headers })
  } catch (error) {
    return new Response(reasonOf(error), { status: 500, headers: plainText })
  }
}
