/** A dispatcher of undici's kind that answers at once, so that what is put around it is what is timed. */
import { Dispatcher } from 'undici'

const controller: Dispatcher.DispatchController = {
  aborted: false,
  paused: false,
  reason: null,
  rawHeaders: null,
  rawTrailers: null,
  abort() {},
  pause() {},
  resume() {},
}
const chunk = Buffer.alloc(1024, 'a')
const headers = { 'content-type': 'application/json', 'content-length': '1024' }

export class StubDispatcher extends Dispatcher {
  override dispatch(_options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
    handler.onRequestStart?.(controller, {})
    handler.onResponseStart?.(controller, 200, headers, 'OK')
    handler.onResponseData?.(controller, chunk)
    handler.onResponseEnd?.(controller, {})
    return true
  }
}

/** What a caller of a dispatcher has: it counts the bytes of the reply. */
export class CountingHandler implements Dispatcher.DispatchHandler {
  bytes = 0
  onRequestStart(): void {}
  onResponseStart(): void {}
  onResponseData(_controller: Dispatcher.DispatchController, data: Buffer): void {
    this.bytes += data.length
  }
  onResponseEnd(): void {}
  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    throw error
  }
}
