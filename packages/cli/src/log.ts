/** The log: JSON lines on stderr, readable ones on a terminal. It knows no events. */

import { pino } from 'pino'
import type { DestinationStream, Logger } from 'pino'
import type { LogLevel } from './arguments.ts'
import { LineSink } from './line-sink.ts'
import { takeOverWarnings } from './process-warnings.ts'

export interface Log {
  readonly logger: Logger
  /** Resolves when what was logged is written, or after a second. Wait for it before the process ends. */
  settle(): Promise<void>
}

const settleMs = 1000

/** From now on everything that the process has to say goes here, Node's own warnings too. `worker` is set in each line of a worker. */
export async function openLog(level: LogLevel, worker?: number): Promise<Log> {
  // A reader that goes away must not take the gateway with it.
  process.stderr.on('error', () => {})
  const sink = new LineSink(process.stderr)
  const options = {
    level,
    base: worker === undefined ? null : { worker },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string): object => ({ level: label }) },
  }
  const destination = process.stderr.isTTY ? await readable(sink) : sink
  const logger = pino(options, destination)
  takeOverWarnings(({ name, code, message }) => logger.warn({ event: 'process-warning', name, code }, message))
  return { logger, settle: () => sink.settle(settleMs) }
}

/** Loaded only where somebody looks. The messages say it all, so the fields are left out. */
async function readable(sink: LineSink): Promise<DestinationStream> {
  const { default: pretty } = await import('pino-pretty')
  const format = pretty.prettyFactory({
    hideObject: true,
    translateTime: 'SYS:HH:MM:ss.l',
    ignore: 'worker',
    colorize: pretty.isColorSupported,
  })
  return { write: (line) => sink.write(format(line)) }
}
