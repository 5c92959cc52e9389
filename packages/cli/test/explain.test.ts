import { expect, test } from 'vitest'
import { parseCommand } from '../src/arguments.ts'
import type { ExplainCommand } from '../src/arguments.ts'
import { explain } from '../src/explain.ts'
import type { Explained } from '../src/explain-text.ts'
import { writeFile } from './config.ts'
import { temporaryFolder } from './program.ts'

const manifests = `apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: { name: inference, namespace: ai }
spec:
  gatewayClassName: headgate
  listeners:
    - { name: http, protocol: HTTP, port: 80 }
    - { name: inner, protocol: HTTP, port: 80, hostname: inner.example }
---
apiVersion: v1
kind: Service
metadata: { name: stable, namespace: ai }
spec: { ports: [{ port: 8000 }] }
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: { name: chat, namespace: ai }
spec:
  parentRefs: [{ name: inference }]
  rules:
    - matches: [{ path: { type: PathPrefix, value: /v1 } }]
      timeouts: { request: 90s }
      backendRefs:
        - { name: stable, port: 8000, weight: 3 }
        - { name: absent, port: 8000, weight: 1 }
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: { name: premium, namespace: ai }
spec:
  parentRefs: [{ name: inference }]
  rules:
    - matches: [{ path: { value: /v1 }, headers: [{ name: x-tier, value: premium }] }]
      backendRefs: [{ name: stable, port: 8000 }]
`

async function explained(...words: string[]): Promise<{ code: number; text: string; errors: string }> {
  using folder = temporaryFolder()
  const file = writeFile(folder.path, 'm.yaml', manifests)
  const [text, errors]: [string[], string[]] = [[], []]
  const resolve = ['--resolve', 'stable.ai:8000=http://127.0.0.1:9']
  const command = parseCommand(['explain', file, ...resolve, ...words]) as ExplainCommand
  const code = await explain(
    command,
    (more) => text.push(more),
    (more) => errors.push(more),
  )
  return { code, text: text.join('').replaceAll(file, 'm.yaml'), errors: errors.join('').replaceAll(file, 'm.yaml') }
}

test('the winner has its place, its shares and its policies; the nearest loser has its reason', async () => {
  const { code, text } = await explained('--request', 'POST http://any/v1/chat/completions?x=1')
  expect(code).toBe(0)
  expect(text).toMatch(/^POST http:\/\/any\/v1\/chat\/completions\?x=1\n/)
  expect(text).toMatch(/^listener +ai\/inference\/http \(HTTP, port 80, every host\) {2}\[m\.yaml:7\]$/m)
  expect(text).toMatch(/^route +ai\/chat {2}\[m\.yaml:\d+\]$/m)
  expect(text).toMatch(/^match +PathPrefix \/v1$/m)
  expect(text).toMatch(/^backend +75% \S+ \(http:\/\/127\.0\.0\.1:9\)/m)
  expect(text).toMatch(/^backend +25% is answered with 500: /m)
  expect(text).toMatch(/^timeouts +request 90s, /m)
  expect(text).toMatch(/\nnot taken by\n {2}ai\/premium\b.*\n {6}header "x-tier" is absent/)
  expect(text).toMatch(/\ndoes not come in by\n {2}ai\/inference\/inner: it is for "inner\.example", and /)
})

test('a header changes the winner', async () => {
  const { text } = await explained('--request', 'POST http://any/v1', '-H', 'X-Tier: premium')
  expect(text).toMatch(/^route +ai\/premium/m)
  expect(text).toMatch(/ai\/chat.*\n {6}it matches, but the winner ranks higher by headers/)
})

test('a request that no rule takes is said to be one', async () => {
  const { code, text } = await explained('--request', 'http://any/v2')
  expect(code).toBe(0)
  expect(text).toContain('is taken by no rule: 404')
  expect(text).toContain('the path is "/v2"')
})

test('a request that no listener is for is said to be one', async () => {
  const { code, text } = await explained('--request', 'https://any/v1')
  expect(code).toBe(0)
  expect(text).toContain('is taken by no listener: 404')
  expect(text).toContain('ai/inference/http: it speaks HTTP, the request comes over https')
})

test('a request that is refused before any route says why', async () => {
  const { text } = await explained('--request', 'GET http://any/a/../b')
  expect(text).toMatch(/is refused with 400 \(\w+\) before any route is looked at/)
})

test('the same as data', async () => {
  const { text } = await explained('--request', 'POST http://any/v1', '--json')
  const { winner, losers } = JSON.parse(text) as Explained
  expect(winner).toMatchObject({
    route: 'ai/chat',
    routeOrigin: expect.stringMatching(/^m\.yaml:\d+$/) as string,
    backends: [{ share: 0.75, origin: expect.stringMatching(/^m\.yaml:\d+$/) as string }],
    unresolved: [{ weight: 1 }],
    policies: expect.arrayContaining([expect.objectContaining({ policy: 'timeouts' })]) as object[],
  })
  expect(losers[0]).toMatchObject({ route: 'ai/premium', loss: { reason: 'header' } })
})

test('files with errors explain nothing', async () => {
  using folder = temporaryFolder()
  const file = writeFile(folder.path, 'bad.yaml', 'a: [\n')
  const errors: string[] = []
  const command = parseCommand(['explain', file, '--request', '/']) as ExplainCommand
  expect(
    await explain(
      command,
      () => {},
      (more) => errors.push(more),
    ),
  ).toBe(1)
  expect(errors.join('')).toContain('bad.yaml:')
})
