/** The way back to the caller, whatever carries it. Mounts implement it; the pipeline calls it. */

import type { Tunnel } from '@headgate/proxy'

/** The pipeline's side: what a mount tells it. */
export interface ReplyOwner {
  /** The caller takes bytes again after `write` returned false. */
  drained(): void
  /** The caller left, or its connection broke. Ignored once the exchange is over. */
  callerGone(): void
}

/** One reply. `head` comes once, then any number of `write`, then exactly one of `end` and `cut`. */
export interface Reply {
  bind(owner: ReplyOwner): void
  /** `headers` is flat (name, value, …) and belongs to the reply from here on. `alone`: the stream ends with it (HTTP/2). */
  head(status: number, statusText: string, headers: string[], alone?: boolean): void
  /** A whole short reply of headgate's own, instead of `head`, `write` and `end`. */
  answer(status: number, headers: string[], body: Buffer): void
  /** Only where the caller asked for a WebSocket: sends the 101 and joins the tunnel. Throws where a field cannot be written. */
  upgrade?(headers: readonly string[], tunnel: Tunnel): void
  /** False: wait for `drained`. `free`: nobody else reads the chunk any more, and its memory may be freed once it is written. */
  write(chunk: Buffer, free?: boolean): boolean
  end(trailers: string[] | undefined): void
  /**
   * Breaks the reply so that the caller can see it is not whole (reliability R2.2).
   * `lastBytes` are written first where the reply is a stream that can carry an error event.
   */
  cut(lastBytes: string | undefined): void
}
