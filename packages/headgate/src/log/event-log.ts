/** Writes events of a gateway into a logger of the application. What that throws harms nobody. */

import type { GatewayEvents } from '../events.ts'
import { eventLines } from './event-lines.ts'
import type { Line, LineView } from './event-lines.ts'
import { isLogger, logLevels } from './logger.ts'
import type { LogLevel, Logger, LogOptions } from './logger.ts'

type EventName = keyof GatewayEvents

/** Of any event: which payload belongs to which is told by the tables that these come from. */
interface Rule {
  readonly most: LogLevel | 'silent'
  of(...payload: unknown[]): LogLevel | 'silent'
}
type MakeLine = (view: LineView, ...payload: unknown[]) => Line

export class EventLog {
  readonly #logger: Logger
  readonly #least: number
  readonly #path: (path: string) => string
  readonly #rules: ReadonlyMap<EventName, Rule>
  readonly #threw: (error: unknown) => void
  /** The last line was lost, and that is told. */
  #isBroken = false

  /** `threw`: a line was lost. It is called again only after one could be written. */
  constructor(log: Logger | LogOptions, threw: (error: unknown) => void) {
    const { logger, level, levels = {}, path } = isLogger(log) ? { logger: log } : (log as LogOptions)
    this.#logger = logger
    const least = level ?? (logger.isLevelEnabled === undefined ? 'info' : 'debug')
    this.#least = logLevels.indexOf(least)
    this.#path = path ?? ((text) => text)
    this.#rules = new Map(
      Object.entries(eventLines).map(([name, line]) => [
        name as EventName,
        ruleOf(levels[name as EventName] ?? line.level),
      ]),
    )
    this.#threw = threw
  }

  /** Whether an event of this name may become a line now. */
  wants(event: EventName): boolean {
    // A log is the place for them, whatever its level: they are not for Node's own warnings then.
    if (event === 'warning') return true
    const most = this.#rules.get(event)?.most ?? 'silent'
    try {
      return this.#isEnabled(most)
    } catch (error) {
      this.#lost(error)
      return false
    }
  }

  tell(event: EventName, payload: readonly unknown[]): void {
    try {
      const level = this.#rules.get(event)?.of(...payload) ?? 'silent'
      if (level === 'silent' || !this.#isEnabled(level)) return
      const make = eventLines[event].line as MakeLine
      const { fields, text } = make({ whole: this.#isEnabled('debug'), path: this.#path }, ...payload)
      const result: unknown = this.#logger[level](fields, text)
      if (result instanceof Promise) result.then(this.#written, (error: unknown) => this.#lost(error))
      else this.#written()
    } catch (error) {
      this.#lost(error)
    }
  }

  #isEnabled(level: LogLevel | 'silent'): boolean {
    if (level === 'silent' || logLevels.indexOf(level) < this.#least) return false
    return this.#logger.isLevelEnabled?.(level) !== false
  }

  readonly #written = (): void => {
    this.#isBroken = false
  }

  #lost(error: unknown): void {
    if (this.#isBroken) return
    this.#isBroken = true
    this.#threw(error)
  }
}

function ruleOf(level: unknown): Rule {
  if (typeof level === 'function') return { most: 'error', of: level as Rule['of'] }
  if (typeof level === 'object') return level as Rule
  const fixed = level as LogLevel | 'silent'
  return { most: fixed, of: () => fixed }
}
