/** A backend that answers as far as a caller's phase wants, and tells when it hears that the caller has left. */
import { createServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'
import { event } from '@headgate/testing'

export const phases = [
  'uploading',
  'waiting for the head',
  'waiting for the first event',
  'in the middle of a stream',
] as const
export type Phase = (typeof phases)[number]

/** Those who wait for the backend to be as far as their phase, and then for its end of the connection. */
interface Watch {
  readonly phase: Phase
  readonly reached: () => void
  readonly heard: () => void
}

export interface AbortBackend {
  readonly url: string
  /** By the id that a request has in `x-id`. */
  readonly watches: Map<string, Watch>
  /** Connections with a request that has not come to its end. */
  readonly open: ReadonlySet<Socket>
  close(): void
}

const sse = 'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n'
const first = event({ choices: [{ delta: { content: 'one' } }] })
const replies: Readonly<Record<Phase, string>> = {
  uploading: '',
  'waiting for the head': '',
  'waiting for the first event': sse,
  'in the middle of a stream': `${sse}${first.length.toString(16)}\r\n${first}\r\n`,
}

export async function openAbortBackend(): Promise<AbortBackend> {
  const watches = new Map<string, Watch>()
  const open = new Set<Socket>()

  /** Reads the id of the one request of a connection, and answers as its phase wants. */
  function serve(socket: Socket): void {
    let text = ''
    let watch: Watch | undefined
    socket.on('error', () => {})
    socket.on('data', (chunk) => {
      if (watch !== undefined) return
      text += chunk.toString('latin1')
      const id = /\r\nx-id: (\w+)\r\n(?:.*\r\n)*\r\n/i.exec(text)?.[1]
      watch = id === undefined ? undefined : watches.get(id)
      if (watch === undefined) return
      open.add(socket)
      const reply = replies[watch.phase]
      if (reply === '') watch.reached()
      else socket.write(reply, watch.reached)
    })
    socket.on('end', () => socket.end())
    socket.once('close', () => {
      open.delete(socket)
      watch?.heard()
    })
  }

  const server = createServer({ allowHalfOpen: true, noDelay: true }, serve)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    watches,
    open,
    close() {
      for (const socket of open) socket.destroy()
      server.close()
    },
  }
}
