import { describe, expect, test } from 'vitest'
import { parseCommand } from './arguments.ts'
import { UsageError } from './usage-error.ts'

const source = { paths: ['a.yaml'], trustNamespaces: false, resolve: new Map() }

describe('what is understood', () => {
  test.for([
    [
      'serve a.yaml',
      {
        command: 'serve',
        source,
        listen: [],
        workers: 1,
        sessionKey: undefined,
        drainMs: 30_000,
        logLevel: 'info',
        metrics: undefined,
      },
    ],
    ['serve --drain 0s --workers 4 a.yaml', { drainMs: 0, workers: 4, source }],
    ['serve a.yaml --drain 99999h', { drainMs: 2 ** 31 - 1 }],
    ['serve a.yaml --session-key env:KEY', { sessionKey: { env: 'KEY' } }],
    ['check a.yaml --session-key file:/run/a:b', { sessionKey: { file: '/run/a:b' } }],
    ['serve a.yaml --log-level silent', { logLevel: 'silent' }],
    [
      'serve a.yaml --metrics [::1]:0',
      { metrics: { address: { host: '::1', port: 0 }, prefix: 'headgate', format: 'text', prices: undefined } },
    ],
    ['serve a.yaml --metrics h:1 --metrics-prefix kgateway', { metrics: { prefix: 'kgateway' } }],
    ['serve a.yaml --metrics h:1 --metrics-format openmetrics', { metrics: { format: 'openmetrics' } }],
    ['serve a.yaml --metrics h:1 --metrics-prices p.json', { metrics: { prices: 'p.json' } }],
    ['export --to grafana', { command: 'export', source: undefined, to: 'grafana', prefix: 'headgate' }],
    ['export --to prometheus-rules --metrics-prefix a', { to: 'prometheus-rules', prefix: 'a' }],
    [
      'serve a.yaml --listen http=127.0.0.1:80 --listen ns/gw/https=[::1]:443',
      {
        listen: [
          { name: 'http', address: { host: '127.0.0.1', port: 80 } },
          { name: 'ns/gw/https', address: { host: '::1', port: 443 } },
        ],
      },
    ],
    ['serve a.yaml b.yaml --trust-namespaces', { source: { paths: ['a.yaml', 'b.yaml'], trustNamespaces: true } }],
    ['check a.yaml', { command: 'check', source, listen: [], workers: 1, json: false }],
    ['check --json a.yaml --workers 2', { json: true, workers: 2 }],
    ['explain a.yaml --request /v1', { command: 'explain', request: { method: 'GET', target: '/v1' }, json: false }],
    ['explain a.yaml --request /v1 -H x:1 --header X:2', { headers: { x: ['1', '2'] } }],
    ['export a.yaml --to json', { command: 'export', source, to: 'json' }],
    ['export --to=kgateway -- --odd.yaml', { to: 'kgateway', source: { paths: ['--odd.yaml'] } }],
    ['--help', { command: 'help', about: undefined }],
    ['help check', { command: 'help', about: 'check' }],
    ['serve --help --nonsense', { command: 'help', about: 'serve' }],
    ['--version', { command: 'version' }],
  ] as const)('%s', ([line, expected]) => {
    expect(parseCommand(line.split(' '))).toMatchObject(expected)
  })

  test('URLs of one name are gathered in their order', () => {
    const command = parseCommand(
      ['check', 'a.yaml', 'a.ns:80=http://h:1', 'b.ns:80=https://h', 'a.ns:80=http://h:2'].flatMap((word) =>
        word.includes('=') ? ['--resolve', word] : [word],
      ),
    )
    const resolve = new Map([
      ['a.ns:80', ['http://h:1', 'http://h:2']],
      ['b.ns:80', ['https://h']],
    ])
    expect(command).toMatchObject({ source: { resolve } })
  })
})

describe('what is refused, and in which words', () => {
  test.for([
    ['', /no command .*serve, check, explain, export/],
    ['serv a.yaml', /no command "serv": did you mean "serve"\?/],
    ['bake a.yaml', /no command "bake": expected serve, /],
    ['serve', /no file is given/],
    ['serve a.yaml --listn x', /no option --listn here: did you mean --listen\?/],
    ['check a.yaml --to json', /no option --to here/],
    ['serve a.yaml --workers', /--workers/],
    ['serve a.yaml --workers 0', /from 1 to 512/],
    ['serve a.yaml --drain 30', /expected a duration/],
    ['serve a.yaml --metrics 9090', /--metrics "9090": expected HOST:PORT, such as 127\.0\.0\.1:9090/],
    ['serve a.yaml --metrics-format text', /--metrics-format: it needs --metrics HOST:PORT/],
    ['serve a.yaml --metrics-prices p.json', /--metrics-prices: it needs --metrics HOST:PORT/],
    ['serve a.yaml --metrics h:1 --metrics-format json', /--metrics-format "json": expected text, openmetrics/],
    ['serve a.yaml --metrics-prefix kgateway', /--metrics-prefix: it needs --metrics HOST:PORT/],
    ['serve a.yaml --metrics 127.0.0.1:1 --metrics-prefix 9x', /--metrics-prefix "9x": expected letters/],
    ['serve a.yaml --metrics 127.0.0.1:1 --metrics-prefix a:b', /--metrics-prefix "a:b": expected letters/],
    ['export a.yaml --to grafana', /--to grafana: it is the same for all files, so it takes none/],
    ['export a.yaml --to json --metrics-prefix a', /--metrics-prefix: only with --to prometheus-rules, /],
    [
      'serve a.yaml --session-key 0123456789abcdef',
      /^--session-key: expected env:NAME or file:PATH, where the key is$/,
    ],
    ['serve a.yaml --session-key env:', /--session-key: expected/],
    ['serve a.yaml --session-key env:A=B', /--session-key: expected/],
    ['serve a.yaml --log-level loud', /expected info, debug, warn, error, silent/],
    ['explain a.yaml', /explain needs --request/],
    ['export a.yaml', /export needs --to gateway-api\|kgateway\|json\|prometheus-rules/],
    ['export a.yaml --to yaml', /--to "yaml": expected gateway-api, kgateway, json/],
    ['help bake', /no command "bake"/],
  ] as const)('%s', ([line, message]) => {
    const words = line === '' ? [] : line.split(' ')
    expect(() => parseCommand(words)).toThrow(message)
    expect(() => parseCommand(words)).toThrow(UsageError)
  })
})
