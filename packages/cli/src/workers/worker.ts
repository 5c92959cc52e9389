/** One worker process: a gateway that does what the primary says. It reads no files and heeds no signals. */

import cluster from 'node:cluster'
import { errorText } from '../error-text.ts'
import { openLog } from '../log.ts'
import type { Log } from '../log.ts'
import { serveGateway, tryGateway } from '../serve-gateway.ts'
import type { Serving } from '../serve-gateway.ts'
import { surviveErrors } from '../survive-errors.ts'
import { startRevision } from './messages.ts'
import type { FromWorker, ToWorker } from './messages.ts'

/** What a worker is: a start makes it serve, and only that. */
type State = { readonly kind: 'new' } | { readonly kind: 'serving'; readonly serving: Serving; readonly log: Log }

/** Takes orders from now on. The process ends when the primary says so or is gone. */
export function runWorker(): void {
  // They reach the whole process group; the primary decides what they mean.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {})
  let state: State = { kind: 'new' }
  const obey = async (message: ToWorker): Promise<void> => {
    switch (message.type) {
      case 'start':
        state = await start(message)
        break
      case 'prepare':
        await answer(message.revision, () => tryGateway(message.served))
        break
      case 'commit': {
        const serving = state.kind === 'serving' ? state.serving : undefined
        await answer(message.revision, async () => serving?.update(message.served))
        break
      }
      case 'stop':
        await stop(state, message.drainMs)
        break
      case 'collect':
        await tellCollected(state)
    }
  }
  // One order after the other: a commit that comes while the worker still starts is done after the start.
  let turn = Promise.resolve()
  process.on('message', (message: ToWorker) => {
    if (message.type === 'collect') return void tellCollected(state)
    turn = turn.then(() => obey(message))
  })
}

async function start({ served, logLevel, drainMs, measured }: ToWorker & { readonly type: 'start' }): Promise<State> {
  const log = await openLog(logLevel, cluster.worker?.id)
  try {
    const serving = await serveGateway(served, { logger: log.logger, drainMs, measured })
    surviveErrors(log.logger)
    tell({ type: 'started', addresses: serving.addresses })
    return { kind: 'serving', serving, log }
  } catch (error) {
    tell({ type: 'refused', revision: startRevision, reason: errorText(error) })
    return { kind: 'new' }
  }
}

async function tellCollected(state: State): Promise<void> {
  const collected = state.kind === 'serving' ? await state.serving.collect() : []
  tell({ type: 'collected', collected })
}

async function answer(revision: number, work: () => Promise<void>): Promise<void> {
  try {
    await work()
    tell({ type: 'done', revision })
  } catch (error) {
    tell({ type: 'refused', revision, reason: errorText(error) })
  }
}

async function stop(state: State, drainMs: number): Promise<void> {
  if (state.kind === 'serving') {
    await state.serving.close(drainMs)
    await state.log.settle()
  }
  process.exit(0)
}

function tell(message: FromWorker): void {
  // Without a primary there is nobody to tell, and node:cluster ends the process.
  process.send?.(message, undefined, undefined, () => {})
}
