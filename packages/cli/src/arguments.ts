/** The command line to one plain object a command. It knows the options and runs nothing. */

import { parseArgs } from 'node:util'
import { nearest } from '@headgate/config'
import type { SecretRef } from '@headgate/config'
import {
  parseDrain,
  parseHeaders,
  parseListen,
  parseMetricsAddress,
  parsePrefix,
  parseRequest,
  parseResolves,
  parseSessionKey,
  parseWord,
  parseWorkers,
} from './option-values.ts'
import type { Address, ListenOption, RequestOption } from './option-values.ts'
import { UsageError } from './usage-error.ts'

/** How files are read, in every command. */
export interface SourceOptions {
  /** Files and folders as given. */
  readonly paths: readonly string[]
  readonly trustNamespaces: boolean
  /** `SERVICE.NAMESPACE:PORT` to URLs. */
  readonly resolve: ReadonlyMap<string, readonly string[]>
}

export const logLevels = ['info', 'debug', 'warn', 'error', 'silent'] as const
export type LogLevel = (typeof logLevels)[number]

export interface ServeCommand {
  readonly command: 'serve'
  readonly source: SourceOptions
  /** Empty: every listener at its declared port. */
  readonly listen: readonly ListenOption[]
  readonly workers: number
  /** Goes before that of the files. */
  readonly sessionKey: SecretRef | undefined
  readonly drainMs: number
  readonly logLevel: LogLevel
  /** Undefined: nothing is measured. */
  readonly metrics: MetricsOption | undefined
}

/** Where metrics are served, and what their names begin with. */
export interface MetricsOption {
  readonly address: Address
  readonly prefix: string
  readonly format: MetricsFormat
  /** The file of what tokens cost; undefined: no cost is counted. */
  readonly prices: string | undefined
}

const metricsFormats = ['text', 'openmetrics'] as const
export type MetricsFormat = (typeof metricsFormats)[number]

export interface CheckCommand {
  readonly command: 'check'
  readonly source: SourceOptions
  readonly listen: readonly ListenOption[]
  readonly workers: number
  readonly sessionKey: SecretRef | undefined
  readonly json: boolean
}

export interface ExplainCommand {
  readonly command: 'explain'
  readonly source: SourceOptions
  readonly request: RequestOption
  readonly headers: Readonly<Record<string, readonly string[]>>
  readonly json: boolean
}

/** What the files say, in another form. */
export const exportFormats = ['gateway-api', 'kgateway', 'json'] as const
export type ExportFormat = (typeof exportFormats)[number]

/** What goes with the metrics of every gateway, whatever its files say. */
export const monitoringFormats = ['prometheus-rules', 'prometheus-operator', 'grafana'] as const
export type MonitoringFormat = (typeof monitoringFormats)[number]

export interface ExportCommand {
  readonly command: 'export'
  readonly source: SourceOptions
  readonly to: ExportFormat
}

export interface MonitoringCommand {
  readonly command: 'export'
  readonly source: undefined
  readonly to: MonitoringFormat
  readonly prefix: string
}

export type WorkCommand = ServeCommand | CheckCommand | ExplainCommand | ExportCommand | MonitoringCommand
export type CommandName = WorkCommand['command']
export type Command =
  | WorkCommand
  | { readonly command: 'help'; readonly about: CommandName | undefined }
  | { readonly command: 'version' }

/** Longest wait for requests in flight: what fits into a timer. */
const maxDrainMs = 2 ** 31 - 1

const sourceOptions = {
  help: { type: 'boolean', short: 'h' },
  resolve: { type: 'string', multiple: true },
  'trust-namespaces': { type: 'boolean' },
} as const

/** One table of options a command; `util.parseArgs` refuses all others. */
const options = {
  serve: {
    ...sourceOptions,
    listen: { type: 'string', multiple: true },
    workers: { type: 'string' },
    'session-key': { type: 'string' },
    drain: { type: 'string' },
    'log-level': { type: 'string' },
    metrics: { type: 'string' },
    'metrics-prefix': { type: 'string' },
    'metrics-format': { type: 'string' },
    'metrics-prices': { type: 'string' },
  },
  check: {
    ...sourceOptions,
    listen: { type: 'string', multiple: true },
    workers: { type: 'string' },
    'session-key': { type: 'string' },
    json: { type: 'boolean' },
  },
  explain: {
    ...sourceOptions,
    request: { type: 'string' },
    header: { type: 'string', short: 'H', multiple: true },
    json: { type: 'boolean' },
  },
  export: {
    ...sourceOptions,
    to: { type: 'string' },
    'metrics-prefix': { type: 'string' },
  },
} as const

const commandNames: readonly CommandName[] = ['serve', 'check', 'explain', 'export']

/** Words after the program's name to a command. Throws UsageError. */
export function parseCommand(words: readonly string[]): Command {
  const [first, ...rest] = words
  if (first === undefined) throw new UsageError(`no command is given: expected ${commandNames.join(', ')}`)
  if (first === '--version' || first === '-v') return { command: 'version' }
  if (first === '--help' || first === '-h') return { command: 'help', about: undefined }
  if (first === 'help') return { command: 'help', about: rest[0] === undefined ? undefined : commandName(rest[0]) }
  const command = commandName(first)
  if (rest.includes('--help') || rest.includes('-h')) return { command: 'help', about: command }
  return parsers[command](rest)
}

function commandName(text: string): CommandName {
  const found = commandNames.find((name) => name === text)
  if (found !== undefined) return found
  const meant = nearest(text, commandNames)
  const hint = meant === undefined ? `expected ${commandNames.join(', ')}` : `did you mean "${meant}"?`
  throw new UsageError(`there is no command ${JSON.stringify(text)}: ${hint}`)
}

const parsers: Readonly<Record<CommandName, (words: string[]) => WorkCommand>> = {
  serve(words) {
    const { values, positionals } = parse(words, 'serve')
    return {
      command: 'serve',
      source: source(values, positionals),
      listen: (values.listen ?? []).map(parseListen),
      workers: values.workers === undefined ? 1 : parseWorkers(values.workers),
      sessionKey: parseSessionKey(values['session-key']),
      drainMs: Math.min(parseDrain(values.drain ?? '30s'), maxDrainMs),
      logLevel: parseWord('log-level', values['log-level'], logLevels),
      metrics: metricsOption(values),
    }
  },
  check(words) {
    const { values, positionals } = parse(words, 'check')
    return {
      command: 'check',
      source: source(values, positionals),
      listen: (values.listen ?? []).map(parseListen),
      workers: values.workers === undefined ? 1 : parseWorkers(values.workers),
      sessionKey: parseSessionKey(values['session-key']),
      json: values.json ?? false,
    }
  },
  explain(words) {
    const { values, positionals } = parse(words, 'explain')
    if (values.request === undefined) {
      throw new UsageError("explain needs --request, such as --request 'POST http://host/path'")
    }
    return {
      command: 'explain',
      source: source(values, positionals),
      request: parseRequest(values.request),
      headers: parseHeaders(values.header ?? []),
      json: values.json ?? false,
    }
  },
  export(words) {
    const { values, positionals } = parse(words, 'export')
    const formats = [...exportFormats, ...monitoringFormats]
    if (values.to === undefined) throw new UsageError(`export needs --to ${formats.join('|')}`)
    const to = parseWord('to', values.to, formats)
    if (isMonitoring(to)) {
      if (positionals.length > 0) throw new UsageError(`--to ${to}: it is the same for all files, so it takes none`)
      return { command: 'export', source: undefined, to, prefix: parsePrefix(values['metrics-prefix']) }
    }
    if (values['metrics-prefix'] !== undefined)
      throw new UsageError(`--metrics-prefix: only with --to ${monitoringFormats.join(', ')}`)
    return { command: 'export', source: source(values, positionals), to }
  },
}

function isMonitoring(to: ExportFormat | MonitoringFormat): to is MonitoringFormat {
  return monitoringFormats.some((format) => format === to)
}

function metricsOption(values: {
  readonly metrics?: string
  readonly 'metrics-prefix'?: string
  readonly 'metrics-format'?: string
  readonly 'metrics-prices'?: string
}): MetricsOption | undefined {
  if (values.metrics !== undefined) {
    return {
      address: parseMetricsAddress(values.metrics),
      prefix: parsePrefix(values['metrics-prefix']),
      format: parseWord('metrics-format', values['metrics-format'], metricsFormats),
      prices: values['metrics-prices'],
    }
  }
  const alone = (['metrics-prefix', 'metrics-format', 'metrics-prices'] as const).find(
    (name) => values[name] !== undefined,
  )
  if (alone === undefined) return undefined
  throw new UsageError(`--${alone}: it needs --metrics HOST:PORT`)
}

function source(
  values: { readonly resolve?: string[]; readonly 'trust-namespaces'?: boolean },
  paths: readonly string[],
): SourceOptions {
  if (paths.length === 0) throw new UsageError('no file is given')
  return {
    paths,
    trustNamespaces: values['trust-namespaces'] ?? false,
    resolve: parseResolves(values.resolve ?? []),
  }
}

// The return type is what parseArgs infers from the table of the command.
function parse<Name extends CommandName>(words: string[], name: Name) {
  try {
    return parseArgs({ args: words, options: options[name], allowPositionals: true, strict: true })
  } catch (error) {
    throw new UsageError(usageMessage(error, Object.keys(options[name])))
  }
}

/** What parseArgs complains about, with the nearest known option. */
function usageMessage(error: unknown, known: readonly string[]): string {
  const message = error instanceof Error ? (error.message.split('. ', 1)[0] ?? '') : String(error)
  const unknown = /^Unknown option '--([^']+)'/.exec(message)?.[1]
  if (unknown === undefined) return message
  const meant = nearest(unknown, known)
  const hint =
    meant === undefined ? `expected ${known.map((name) => `--${name}`).join(', ')}` : `did you mean --${meant}?`
  return `there is no option --${unknown} here: ${hint}`
}
