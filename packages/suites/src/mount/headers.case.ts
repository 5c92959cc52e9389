/** Cases: which fields cross the gateway, and which it sets anew. */

import { expect } from 'vitest'
import { json, reply } from '@headgate/testing'
import type { MountCase } from './bench.ts'

const cookies: MountCase = {
  name: 'several set-cookie fields stay apart and in order',
  run: async (bench) => {
    const sent = ['a=1; Path=/; Expires=Wed, 21 Oct 2026 07:28:00 GMT', 'b=2; HttpOnly', 'a=3']
    const upstream = await bench.upstream(reply({ headers: sent.map((value) => ['Set-Cookie', value] as const) }))
    const received = await bench.exchange(await bench.mountOne(upstream))
    expect(received.values('set-cookie')).toEqual(sent)
  },
}

const requestHops: MountCase = {
  name: 'hop-by-hop fields of the caller, also those that its Connection names, do not reach the backend',
  run: async (bench) => {
    const upstream = await bench.upstream()
    await bench.exchange(await bench.mountOne(upstream), {
      headers: [
        ['Connection', 'x-foo, keep-alive'],
        ['X-Foo', 'secret'],
        ['X-Bar', 'kept'],
        ['Keep-Alive', 'timeout=99'],
        ['Proxy-Connection', 'keep-alive'],
        ['Proxy-Authorization', 'Basic c2VjcmV0'],
        ['TE', 'gzip'],
      ],
    })
    const request = await upstream.request(1)
    for (const name of ['x-foo', 'keep-alive', 'proxy-connection', 'proxy-authorization', 'te']) {
      expect([name, request.values(name)]).toEqual([name, []])
    }
    expect(request.values('connection').join().toLowerCase()).not.toContain('x-foo')
    expect(request.values('x-bar')).toEqual(['kept'])
  },
}

const replyHops: MountCase = {
  name: 'hop-by-hop fields of the backend, also those that its Connection names, do not reach the caller',
  run: async (bench) => {
    const upstream = await bench.upstream(
      reply({
        headers: [
          ['Connection', 'x-foo'],
          ['X-Foo', 'secret'],
          ['X-Bar', 'kept'],
          ['Keep-Alive', 'timeout=98'],
          ['Proxy-Authenticate', 'Basic realm="x"'],
          ['Upgrade', 'h2c'],
        ],
      }),
    )
    const received = await bench.exchange(await bench.mountOne(upstream))
    for (const name of ['x-foo', 'proxy-authenticate', 'upgrade'])
      expect([name, received.values(name)]).toEqual([name, []])
    expect(received.values('keep-alive').join()).not.toContain('98')
    expect(received.values('x-bar')).toEqual(['kept'])
  },
}

const forwarded: MountCase = {
  name: 'the forwarded fields of the caller are dropped and set anew',
  run: async (bench) => {
    const upstream = await bench.upstream()
    await bench.exchange(await bench.mountOne(upstream), {
      headers: [
        ['host', 'models.example:8080'],
        ['X-Forwarded-For', '6.6.6.6'],
        ['X-Forwarded-Proto', 'https'],
        ['X-Forwarded-Host', 'evil.example'],
        ['Forwarded', 'for=6.6.6.6;host=evil.example'],
      ],
    })
    const request = await upstream.request(1)
    expect(request.values('x-forwarded-for').map((value) => value.replace('::ffff:', ''))).toEqual(['127.0.0.1'])
    expect(request.values('x-forwarded-proto')).toEqual(['http'])
    expect(request.values('x-forwarded-host')).toEqual(['models.example:8080'])
    expect(request.head.toString('latin1')).not.toMatch(/6\.6\.6\.6|evil/)
  },
}

const repeated: MountCase = {
  name: 'a repeated field keeps all its values in order',
  run: async (bench) => {
    const upstream = await bench.upstream(
      reply({
        headers: [
          ['Vary', 'a'],
          ['vary', 'b'],
        ],
      }),
    )
    const received = await bench.exchange(await bench.mountOne(upstream), {
      headers: [
        ['X-Tag', 'one'],
        ['x-tag', 'two'],
      ],
    })
    expect((await upstream.request(1)).values('x-tag').join(', ')).toBe('one, two')
    expect(received.values('vary').join(', ')).toBe('a, b')
  },
}

const credentials: MountCase = {
  name: 'end-to-end fields of the caller reach the backend as sent',
  run: async (bench) => {
    const upstream = await bench.upstream()
    const sent = [
      ['authorization', 'Bearer sk-test'],
      ['x-api-key', 'key'],
      ['cookie', 'a=1; b="two"'],
      ['accept', 'text/event-stream, */*;q=0.1'],
      ['user-agent', 'OpenAI/JS 7.0.0'],
      ['constructor', 'an ordinary name'],
    ] as const
    await bench.exchange(await bench.mountOne(upstream), { headers: sent })
    const request = await upstream.request(1)
    expect(sent.map(([name]) => [name, request.header(name)])).toEqual(sent)
  },
}

const unusualStatus: MountCase = {
  name: 'the status and the body of an error of the backend reach the caller untouched',
  run: async (bench) => {
    const body = { error: { message: 'bad model', code: null } }
    const statuses = [400, 401, 404, 422, 429, 500, 529]
    const upstream = await bench.upstream(
      statuses.map((status) => json(body, { status, headers: [['x-request-id', 'r']] })),
    )
    const mounted = await bench.mountOne(upstream)
    for (const status of statuses) {
      const received = await bench.exchange(mounted)
      expect([received.status, received.text, received.header('x-request-id')]).toEqual([
        status,
        JSON.stringify(body),
        'r',
      ])
      expect(received.values('x-headgate-error')).toEqual([])
    }
  },
}

export const headerCases: readonly MountCase[] = [
  cookies,
  requestHops,
  replyHops,
  forwarded,
  repeated,
  credentials,
  unusualStatus,
]
