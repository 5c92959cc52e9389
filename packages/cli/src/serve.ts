/** `headgate serve`: a gateway from files, from its start to its end. What it serves is decided elsewhere. */

import { describeDiagnostic } from '@headgate/gateway-api'
import type { Diagnostic } from '@headgate/gateway-api'
import type { Logger } from 'pino'
import type { MetricsOption, ServeCommand } from './arguments.ts'
import { errorText } from './error-text.ts'
import { load } from './load.ts'
import type { LoadOutcome } from './load.ts'
import { openLog } from './log.ts'
import { readPrices } from './metrics/read-prices.ts'
import type { ServeMetrics } from './metrics/serve-metrics.ts'
import { addressText } from './option-values.ts'
import { plan } from './plan.ts'
import type { Plan } from './plan.ts'
import { Reloads } from './reloads.ts'
import { serveGateway } from './serve-gateway.ts'
import { SessionKey } from './session-key.ts'
import type { Measured, Served, Serving } from './serve-gateway.ts'
import { signals } from './signals.ts'
import { summarise, summaryText } from './summary.ts'
import { surviveErrors } from './survive-errors.ts'
import { FileWatch } from './watch.ts'
import { startWorkers } from './workers/primary.ts'

/** Runs until it is told to end; the exit code. `entry` is the file that workers run. */
export async function serve(command: ServeCommand, print: (text: string) => void, entry: string): Promise<number> {
  const log = await openLog(command.logLevel)
  try {
    return await run(command, print, entry, log.logger)
  } finally {
    await log.settle()
  }
}

async function run(
  command: ServeCommand,
  print: (text: string) => void,
  entry: string,
  logger: Logger,
): Promise<number> {
  const { stopped, stop, onHangUp } = signals()
  const keys = new SessionKey(command.sessionKey)
  const first = load(command.source, { toServe: true })
  const { served, diagnostics } = planned(first, command, keys)
  logDiagnostics(logger, diagnostics)
  if (served === undefined) {
    const summary = summaryText(summarise(diagnostics, first.files))
    logger.fatal({ event: 'start-refused' }, `headgate does not start: ${summary}`)
    return 1
  }
  let serving: Serving
  let metrics: ServeMetrics | undefined
  try {
    serving = await start(served, command, entry, logger, stop)
    metrics = await startMetrics(serving, command, logger)
  } catch (error) {
    logger.fatal({ event: 'start-refused' }, `headgate does not start: ${errorText(error)}`)
    return 1
  }
  surviveErrors(logger)
  const reload = new Reload(command, keys, first, serving, logger, metrics)
  const reloads = new Reloads((always) => reload.run(always))
  const watch = new FileWatch(
    () => reloads.request(false),
    (folder) =>
      logger.warn({ event: 'watch-failed', folder }, `changes in ${folder} are not noticed; send SIGHUP after one`),
  )
  reload.watch = watch
  watch.watch(reload.watched)
  onHangUp(() => reloads.request(true))
  announce(serving, served, print, logger)

  const why = await stopped
  logger.info({ event: 'gateway-stopping', because: why }, `${why}: no new requests; those in flight may end`)
  watch.close()
  await reloads.settled()
  await serving.close(command.drainMs)
  await metrics?.close()
  logger.info({ event: 'gateway-stopped' }, 'everything is closed')
  return why === 'workers' ? 1 : 0
}

function start(
  served: Served,
  { workers, logLevel, drainMs, metrics }: ServeCommand,
  entry: string,
  logger: Logger,
  stop: (why: 'workers') => void,
): Promise<Serving> {
  const measured = measuredBy(metrics)
  if (workers === 1) return serveGateway(served, { logger, drainMs, measured })
  const options = { count: workers, entry, logLevel, drainMs, measured, logger }
  return startWorkers(served, { ...options, gaveUp: () => stop('workers') })
}

/** Throws where the file of prices cannot be used. */
function measuredBy(metrics: MetricsOption | undefined): Measured | undefined {
  if (metrics === undefined) return undefined
  const { format, prices } = metrics
  return { exemplars: format === 'openmetrics', ...(prices === undefined ? {} : { prices: readPrices(prices) }) }
}

/** Undefined where none are asked for. Closes what is served when it rejects. */
async function startMetrics(
  serving: Serving,
  { metrics }: ServeCommand,
  logger: Logger,
): Promise<ServeMetrics | undefined> {
  if (metrics === undefined) return undefined
  try {
    const { serveMetrics } = await import('./metrics/serve-metrics.ts')
    const served = await serveMetrics(serving, metrics)
    const address = addressText(served.address)
    logger.info({ event: 'metrics-ready', address }, `metrics at http://${address}/metrics`)
    return served
  } catch (error) {
    await serving.close(0)
    throw error
  }
}

function announce(serving: Serving, { config }: Served, print: (text: string) => void, logger: Logger): void {
  const addresses = [...serving.addresses].map(([name, address]) => `${name}=${addressText(address)}`)
  for (const { name } of config.listeners) {
    if (serving.addresses.has(name)) continue
    logger.info(
      { event: 'listener-closed', listener: name },
      `the listener ${name} is not opened: no --listen names it`,
    )
  }
  logger.info({ event: 'gateway-ready', addresses }, `serves ${addresses.join(', ')}`)
  print(`ready ${addresses.join(' ')}\n`)
}

/** What is loaded, ready to be served, with everything that there is to say about it. */
function planned(
  { loaded, diagnostics }: LoadOutcome,
  command: ServeCommand,
  keys: SessionKey,
  isReload = false,
): Plan {
  if (loaded === undefined) return { served: undefined, diagnostics }
  const found = plan(loaded, { ...command, keys }, isReload)
  return { served: found.served, diagnostics: [...diagnostics, ...found.diagnostics] }
}

function logDiagnostics(logger: Logger, diagnostics: readonly Diagnostic[]): void {
  for (const diagnostic of diagnostics) {
    const { severity, message: _message, ...fields } = diagnostic
    const level = severity === 'warning' ? 'warn' : severity
    logger[level]({ event: 'diagnostic', ...fields }, describeDiagnostic(diagnostic))
  }
}

/** Where listeners came to be reached, and which are not any more. */
function logAddresses(logger: Logger, before: Serving['addresses'], after: Serving['addresses']): void {
  for (const [listener, address] of after) {
    const text = addressText(address)
    const former = before.get(listener)
    if (former !== undefined && addressText(former) === text) continue
    logger.info({ event: 'listener-opened', listener, address: text }, `the listener ${listener} is reached at ${text}`)
  }
  for (const listener of before.keys()) {
    if (after.has(listener)) continue
    const message = `the listener ${listener} is closed: the files do not declare it any more`
    logger.info({ event: 'listener-closed', listener }, message)
  }
}

/** Reads the files again and swaps what is served, or says why not. */
class Reload {
  watch: FileWatch | undefined
  readonly #command: ServeCommand
  readonly #keys: SessionKey
  readonly #serving: Serving
  readonly #logger: Logger
  readonly #metrics: ServeMetrics | undefined
  #last: LoadOutcome

  constructor(
    command: ServeCommand,
    keys: SessionKey,
    first: LoadOutcome,
    serving: Serving,
    logger: Logger,
    metrics: ServeMetrics | undefined,
  ) {
    this.#command = command
    this.#keys = keys
    this.#last = first
    this.#serving = serving
    this.#logger = logger
    this.#metrics = metrics
  }

  get watched(): readonly string[] {
    return [...this.#command.source.paths, ...this.#last.secretFiles]
  }

  async run(always: boolean): Promise<void> {
    const logger = this.#logger
    try {
      const outcome = load(this.#command.source, { toServe: true })
      if (!always && outcome.fingerprint === this.#last.fingerprint) return
      this.#last = outcome
      this.watch?.watch(this.watched)
      const { served, diagnostics } = planned(outcome, this.#command, this.#keys, true)
      logDiagnostics(logger, diagnostics)
      if (served === undefined) {
        this.#refused(summaryText(summarise(diagnostics, outcome.files)))
        return
      }
      const before = new Map(this.#serving.addresses)
      await this.#serving.update(served)
      this.#metrics?.reloaded()
      logAddresses(logger, before, this.#serving.addresses)
      const { routes, backends } = served.config
      const counts = { routes: routes.length, backends: backends.length }
      logger.info({ event: 'config-reloaded', ...counts }, 'the files are taken over')
    } catch (error) {
      this.#refused(errorText(error))
    }
  }

  #refused(why: string): void {
    this.#metrics?.reloadRefused()
    const message = `the files are not taken over, the gateway goes on as it was: ${why}`
    this.#logger.error({ event: 'reload-refused' }, message)
  }
}
