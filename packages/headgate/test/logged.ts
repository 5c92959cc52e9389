/** A gateway whose lines a real pino writes, to be waited for. */

import { pino } from 'pino'
import type { Logger } from 'pino'
import type { GatewayOptions, LogOptions } from 'headgate'
import { serve } from './serve.ts'
import type { Served } from './serve.ts'

export type LogLine = Readonly<Record<string, unknown>> & { readonly event: string; readonly msg: string }

export interface Lines {
  readonly logger: Logger
  /** As they were written. */
  readonly texts: readonly string[]
  readonly lines: readonly LogLine[]
  /** Resolves with the nth line, counted from 1. */
  line(n: number): Promise<LogLine>
}

export function collectLines(level: string): Lines {
  const texts: string[] = []
  const waiting: (() => void)[] = []
  const write = (text: string): void => {
    texts.push(text)
    for (const wake of waiting.splice(0)) wake()
  }
  const parse = (text: string): LogLine => JSON.parse(text) as LogLine
  return {
    logger: pino({ level, base: null }, { write }),
    texts,
    get lines() {
      return texts.map(parse)
    },
    async line(n) {
      while (texts.length < n) await new Promise<void>((resolve) => waiting.push(resolve))
      return parse(texts[n - 1] as string)
    },
  }
}

/** Level numbers of pino. */
export const [debug, info, warn] = [20, 30, 40] as const

interface LoggedOptions extends Omit<GatewayOptions, 'log'> {
  readonly level?: string
  readonly log?: Omit<LogOptions, 'logger'>
}

export async function serveLogged(
  config: Parameters<typeof serve>[0],
  { level = 'info', log = {}, ...options }: LoggedOptions = {},
): Promise<Served & Lines> {
  const collected = collectLines(level)
  const served = await serve(config, { ...options, log: { logger: collected.logger, ...log } })
  return Object.assign(collected, served)
}
