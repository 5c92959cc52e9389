/** curl as a caller of listeners: HTTP/2 by prior knowledge, by ALPN, and asked for by Upgrade. Left out where curl is not there. */

import { execFile, execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, describe, expect, test } from 'vitest'
import { chunk, event, eventStream, head, json, lastChunk, startUpstream, steps, wholeRequest } from '@headgate/testing'
import { one } from './certificates.ts'
import { chat, oneRoute, question } from './serve.ts'
import { http, https, openSockets } from './sockets.ts'
import type { Sockets } from './sockets.ts'

const run = promisify(execFile)

function speaksHttp2(): boolean {
  try {
    return execFileSync('curl', ['--version'], { encoding: 'utf8' }).includes('HTTP2')
  } catch {
    return false
  }
}

const host = 'one.test'

describe.skipIf(!speaksHttp2())('curl', () => {
  const folder = mkdtempSync(join(tmpdir(), 'headgate-curl-'))
  const authority = join(folder, 'ca.pem')
  writeFileSync(authority, one.certificate)
  afterAll(() => rmSync(folder, { recursive: true }))

  function open(url: string): Promise<Sockets> {
    return openSockets(oneRoute({ a: url }, {}, { listeners: [http('plain', host), https('secure', host, ['one'])] }))
  }

  /** The body, and what `--write-out` tells: status, version of HTTP, curl's own error. */
  async function curl(port: number, scheme: 'http' | 'https', ...options: string[]): Promise<readonly string[]> {
    const { stdout } = await run('curl', [
      '--silent',
      '--show-error',
      '--max-time',
      '5',
      '--cacert',
      authority,
      '--resolve',
      `${host}:${port}:127.0.0.1`,
      '--write-out',
      '\n%{http_code} %{http_version}',
      ...options,
      `${scheme}://${host}:${port}${chat}`,
    ])
    return stdout.split('\n')
  }

  const ways = [
    ['--http2-prior-knowledge', 'plain', 'http', '2'],
    ['--http2', 'secure', 'https', '2'],
    // An Upgrade to h2c is not taken up: the request is served as it is.
    ['--http2', 'plain', 'http', '1.1'],
    ['--http1.1', 'plain', 'http', '1.1'],
    ['--http1.1', 'secure', 'https', '1.1'],
  ] as const

  test.for(ways)('%s to the %s listener', async ([option, listener, scheme, version]) => {
    await using upstream = await startUpstream(json({ ok: true }))
    await using sockets = await open(upstream.url)
    const port = sockets.port(listener)
    expect(await curl(port, scheme, option)).toEqual(['{"ok":true}', `200 ${version}`])
    expect(await curl(port, scheme, option, '--data', question.body)).toEqual(['{"ok":true}', `200 ${version}`])
    const request = await upstream.request(2)
    expect([request.method, request.body.toString(), request.header('host')]).toEqual([
      'POST',
      question.body,
      `${host}:${port}`,
    ])
    for (const field of ['upgrade', 'http2-settings']) expect(upstream.requests[0]?.values(field)).toEqual([])
  })

  test.for(ways)('a large upload and a stream, %s to the %s listener', async ([option, listener, scheme, version]) => {
    await using upstream = await startUpstream(eventStream([event('one'), event('two')]))
    await using sockets = await open(upstream.url)
    const file = join(folder, 'upload')
    writeFileSync(file, 'x'.repeat(3_000_000))
    const lines = await curl(sockets.port(listener), scheme, option, '--data-binary', `@${file}`)
    expect(lines).toEqual(['data: one', '', 'data: two', '', '', `200 ${version}`])
    expect((await upstream.request(1)).body).toHaveLength(3_000_000)
  })

  test.for(ways)(
    'HEAD and a reply with trailers, %s to the %s listener',
    async ([option, listener, scheme, version]) => {
      await using upstream = await startUpstream(
        steps(wholeRequest, head(200, [['transfer-encoding', 'chunked']]), chunk('body'), lastChunk([['x-sum', '42']])),
      )
      await using sockets = await open(upstream.url)
      const port = sockets.port(listener)
      expect(await curl(port, scheme, option)).toEqual(['body', `200 ${version}`])
      upstream.use(json({ ok: true }))
      const [first] = await curl(port, scheme, option, '--head')
      expect(first).toMatch(version === '2' ? /^HTTP\/2 200/ : /^HTTP\/1\.1 200/)
    },
  )
})
