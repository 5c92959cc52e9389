/** Portkey's gateway, which listens by itself when it is loaded. Its callers name the provider and the host in two fields. */
import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'

/** A port that was free a moment ago. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  return port
}

async function answers(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1')
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}

export async function start(): Promise<number> {
  const port = await freePort()
  process.argv.push(`--port=${port}`, '--headless')
  await import('@portkey-ai/gateway/build/start-server.js')
  while (!(await answers(port))) await pause(20)
  return port
}
