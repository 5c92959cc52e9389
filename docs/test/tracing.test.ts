/** Runs tracing.md as it stands, with its recipe for Langfuse, and looks at what a receiver of OTLP gets. */
import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { failure, json, startUpstream } from '@headgate/testing'
import { expect, onTestFinished, test } from 'vitest'
import { blocksOf } from '../scripts/markdown.ts'
import { root } from './workspace.ts'

const blocks = blocksOf(readFileSync(join(root, 'docs/tracing.md'), 'utf8'))
const fileOf = (name: string): string => {
  const block = blocks.find(({ code }) => code.startsWith(`// ${name}\n`))
  if (block === undefined) throw new Error(`tracing.md has no ${name}`)
  return block.code
}

interface Value {
  readonly stringValue?: string
  readonly intValue?: number | string
}

/** A span in OTLP's JSON. */
interface Sent {
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId?: string
  readonly name: string
  readonly kind: number
  readonly attributes: readonly { readonly key: string; readonly value: Value }[]
  readonly links?: readonly { readonly spanId: string }[]
}

interface Export {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: Sent['attributes'] }
    readonly scopeSpans: readonly { readonly scope: { readonly name: string }; readonly spans: readonly Sent[] }[]
  }[]
}

interface Received {
  readonly url: string | undefined
  readonly headers: IncomingHttpHeaders
  readonly body: Export
}

async function startReceiver(): Promise<{ readonly url: string; readonly received: readonly Received[] }> {
  const received: Received[] = []
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      received.push({ url: request.url, headers: request.headers, body: JSON.parse(body) as Export })
      response.setHeader('content-type', 'application/json').end('{}')
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, received }
}

/** The two files of the page in a folder of their own, with ports that are free. */
function writeFiles(stable: string, canary: string): string {
  mkdirSync(join(root, 'docs/.snippets'), { recursive: true })
  const folder = mkdtempSync(join(root, 'docs/.snippets/recipe-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const server = fileOf('server.ts')
    .replace('http://127.0.0.1:8001', stable)
    .replace('http://127.0.0.1:8002', canary)
    .replace('listen(8080)', "listen(0, '127.0.0.1', () => console.log(server.address().port))")
  writeFileSync(join(folder, 'telemetry.ts'), fileOf('telemetry.ts'))
  writeFileSync(join(folder, 'server.ts'), server)
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}')
  return folder
}

/** Runs the shell of the recipe; resolves with the port that the server prints. */
async function run(folder: string, langfuse: string) {
  const recipe = blocks.find(({ language, code }) => language === 'sh' && code.includes('langfuse'))?.code ?? ''
  const child = spawn(
    'sh',
    ['-c', recipe.replace('https://cloud.langfuse.com', langfuse).replace('\nnode', '\nexec node')],
    {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'inherit'],
      env: {
        PATH: `${dirname(process.execPath)}:${process.env['PATH']}`,
        NODE_OPTIONS: '--conditions=@headgate/source',
        LANGFUSE_PUBLIC_KEY: 'pk-lf-1',
        LANGFUSE_SECRET_KEY: 'sk-lf-a key whose base64 is long enough for more than one line of 76?>',
        // The default is protobuf, which needs its schema to be read.
        OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
      },
    },
  )
  onTestFinished(() => void child.kill('SIGKILL'))
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve))
  const port = await Promise.race([
    new Promise<string>((resolve) => createInterface(child.stdout).once('line', resolve)),
    ended.then((code) => Promise.reject(new Error(`the server ended with ${code}`))),
  ])
  return { url: `http://127.0.0.1:${port}`, stop: () => (child.kill('SIGTERM'), ended) }
}

const attributesOf = ({ attributes }: Pick<Sent, 'attributes'>): Record<string, unknown> =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, value.stringValue ?? Number(value.intValue)]))

test('what the recipe for Langfuse sends: the key, generations with models and tokens, and no content', async () => {
  const usage = { prompt_tokens: 9, completion_tokens: 4, prompt_tokens_details: { cached_tokens: 5 } }
  const message = { role: 'assistant', content: 'a secret reply' }
  await using stable = await startUpstream(failure(503))
  await using canary = await startUpstream(json({ model: 'gpt-4-0613', choices: [{ index: 0, message }], usage }))
  const { url, received } = await startReceiver()
  const server = await run(writeFiles(stable.url, canary.url), url)
  const reply = await fetch(`${server.url}/v1/chat/completions?key=secret`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: 'Bearer secret' },
    body: '{"model":"gpt-4","messages":[{"role":"user","content":"a secret prompt"}]}',
  })
  expect(await reply.json()).toMatchObject({ model: 'gpt-4-0613' })
  expect(await server.stop()).toBe(0)

  const key = Buffer.from('pk-lf-1:sk-lf-a key whose base64 is long enough for more than one line of 76?>')
  expect(new Set(received.map((one) => one.url))).toEqual(new Set(['/api/public/otel/v1/traces']))
  for (const { headers } of received)
    expect(headers).toMatchObject({
      authorization: `Basic ${key.toString('base64')}`,
      'x-langfuse-ingestion-version': '4',
    })
  const resources = received.flatMap(({ body }) => body.resourceSpans)
  expect(resources.map(({ resource }) => attributesOf(resource)['service.name'])).toContain('inference')
  const scopes = resources.flatMap(({ scopeSpans }) => scopeSpans)
  expect(new Set(scopes.map(({ scope }) => scope.name))).toEqual(new Set(['@headgate/otel']))
  const spans = scopes.flatMap((scope) => scope.spans)
  const request = spans.find(({ kind }) => kind === 2)
  const attempts = spans.filter(({ kind }) => kind === 3)
  expect([request?.name, ...attempts.map(({ name }) => name)]).toEqual(['POST /v1', 'chat', 'chat', 'chat'])
  expect(request?.parentSpanId).toBeUndefined()
  expect(new Set(attempts.map(({ parentSpanId }) => parentSpanId))).toEqual(new Set([request?.spanId]))
  expect(attempts.map(attributesOf)).toMatchObject([
    { 'gen_ai.operation.name': 'chat', 'error.type': '503' },
    { 'gen_ai.operation.name': 'chat', 'error.type': '503', 'http.request.resend_count': 1 },
    {
      'gen_ai.operation.name': 'chat',
      'gen_ai.provider.name': 'openai',
      'gen_ai.response.model': 'gpt-4-0613',
      'gen_ai.usage.input_tokens': 9,
      'gen_ai.usage.output_tokens': 4,
      'gen_ai.usage.cache_read.input_tokens': 5,
    },
  ])
  // Counted twice if it were on both.
  expect(Object.keys(attributesOf(request as Sent)).filter((name) => name.startsWith('gen_ai'))).toEqual([])
  expect(JSON.stringify(received.map(({ body }) => body))).not.toContain('secret')
})
