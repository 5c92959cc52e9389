/** Cases: connections on both sides are used again, and never when they are spoilt. */

import { expect } from 'vitest'
import { earlyReply, faultsAfterReply, json, type Script, silence } from '@headgate/testing'
import { type MountCase, post } from './bench.ts'

const keepAlive: MountCase = {
  name: 'requests that follow one another on a connection are answered, over one connection to the backend',
  run: async (bench) => {
    const upstream = await bench.upstream([json(1), json(2), json(3)])
    const client = await bench.connect(await bench.mountOne(upstream))
    const texts: string[] = []
    for (const request of [{}, post('/v1/x', '{"a":1}'), {}]) {
      await client.send(request)
      const received = await client.reply()
      await received.settled()
      texts.push(received.text)
    }
    expect(texts).toEqual(['1', '2', '3'])
    expect(upstream.connections).toHaveLength(1)
  },
}

const pipelined: MountCase = {
  name: 'pipelined requests are answered in their order',
  run: async (bench) => {
    const answer: Script = (request, connection) => json(request.target)(request, connection)
    const upstream = await bench.upstream(answer)
    const client = await bench.connect(await bench.mountOne(upstream))
    const targets = ['/1', '/2', '/3']
    await client.write(targets.map((target) => `GET ${target} HTTP/1.1\r\nhost: x\r\n\r\n`).join(''))
    for (const target of targets) {
      const received = await client.reply()
      expect(await received.settled()).toBe('whole')
      expect(received.text).toBe(JSON.stringify(target))
    }
  },
}

const left: MountCase = {
  name: 'pipelined requests of a caller that leaves are all cancelled at the backend',
  run: async (bench) => {
    const upstream = await bench.upstream(silence)
    const client = await bench.connect(await bench.mountOne(upstream))
    await client.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n'.repeat(3))
    await upstream.request(3)
    client.abort()
    const endings = await Promise.all([1, 2, 3].map((number) => upstream.closed(number)))
    expect(endings.every((ending) => ending.startsWith('peer-'))).toBe(true)
  },
}

const early: MountCase = {
  name: 'a reply that the backend gives while the upload runs reaches the caller',
  run: async (bench) => {
    const upstream = await bench.upstream(earlyReply(413, 'too large'))
    const client = await bench.connect(await bench.mountOne(upstream))
    const headers = 'host: x\r\ncontent-type: application/octet-stream\r\ncontent-length: 4000000\r\n'
    await client.write(`POST /v1/files HTTP/1.1\r\n${headers}\r\n${'a'.repeat(1000)}`)
    const received = await client.reply('POST')
    expect(received.status).toBe(413)
    expect(await received.settled()).toBe('whole')
    expect(received.text).toBe('too large')
  },
}

const dead: MountCase = {
  name: 'a safe request does not notice that the idle connection to the backend is dead',
  run: async (bench) => {
    const upstream = await bench.upstream([json('first'), json('second')])
    const mounted = await bench.mountOne(upstream)
    await bench.exchange(mounted)
    const [connection] = upstream.connections
    connection?.reset()
    const received = await bench.exchange(mounted)
    expect([received.status, received.text]).toEqual([200, '"second"'])
    expect(upstream.connections).toHaveLength(2)
  },
}

const unasked: MountCase = {
  name: "bytes that arrive on an idle connection become nobody's reply",
  run: async (bench) => {
    const upstream = await bench.upstream([json('first'), json('second')])
    const mounted = await bench.mountOne(upstream)
    await bench.exchange(mounted)
    const [connection] = upstream.connections
    await connection?.write('HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nforged')
    expect(await upstream.closed(1)).toMatch(/^peer-/)
    expect((await bench.exchange(mounted)).text).toBe('"second"')
  },
}

function surplus([fault, script]: readonly [string, Script]): MountCase {
  return {
    name: `what follows a reply becomes nobody's reply: ${fault}`,
    run: async (bench) => {
      const upstream = await bench.upstream([script, json('next')])
      const mounted = await bench.mountOne(upstream)
      await bench.exchange(mounted).catch(() => undefined)
      expect(await upstream.closed(1)).toMatch(/^peer-/)
      const received = await bench.exchange(mounted)
      expect([received.status, received.text]).toEqual([200, '"next"'])
    },
  }
}

export const connectionCases: readonly MountCase[] = [
  keepAlive,
  pipelined,
  left,
  early,
  dead,
  unasked,
  ...Object.entries(faultsAfterReply).map(surplus),
]
