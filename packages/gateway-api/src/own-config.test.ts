import { expect, test } from 'vitest'

import { edge, load, only, told } from './manifests.case.ts'
import { loadManifests } from './load.ts'

const config = `
version: 1
name: lab
listeners:
  - {name: http, port: 8080, protocol: HTTP}
backends:
  - name: model
    endpoints: [http://127.0.0.1:9000]
routes:
  - name: r
    rules:
      - backends: [{backend: model}]
        timeouts: {request: 30s}
`

test('a headgate config in YAML is read as it is', () => {
  const result = load(config)
  expect(result.diagnostics).toEqual([])
  expect(result.config).toMatchObject({ name: 'lab', routes: [{ rules: [{ timeouts: { request: 30_000 } }] }] })
  expect(result.listeners).toEqual([{ name: 'http', gateway: 'lab', listener: 'http', port: 8080, protocol: 'HTTP' }])
})

test('and in JSON', () => {
  const { config: read } = load(config)
  expect(load(JSON.stringify(read, null, 2)).config).toEqual(read)
})

test('its problems have lines', () => {
  const result = load(config.replace('backend: model', 'backend: modle').replace('port: 8080', 'port: http'))
  expect(result.config).toBeUndefined()
  expect(result.diagnostics.map(({ severity, code, line }) => [severity, code, line])).toEqual([
    ['error', 'invalid-value', 5],
    ['error', 'invalid-value', 12],
  ])
  expect(result.diagnostics[1]).toMatchObject({
    field: 'routes["r"].rules[0].backends[0].backend',
    hint: 'did you mean model?',
  })
})

test('its doubtful parts are warnings', () => {
  const result = load(config.replace('{backend: model}', '{backend: model, weight: 0}'))
  expect(only(result, 'doubtful-value')).toMatchObject({ severity: 'warning', line: 12 })
  expect(result.config).toBeDefined()
})

test('Secrets may stand beside it, other objects may not', () => {
  const secret = 'apiVersion: v1\nkind: Secret\nmetadata: {name: s, namespace: n}\nstringData: {key: text}'
  const result = loadManifests([
    { name: 'a.yaml', text: config },
    { name: 'b.yaml', text: secret },
  ])
  expect(result.config).toBeDefined()
  expect(result.secrets.get('n/s/key')).toBe('text')
  expect(told(load([config, edge]))).toEqual(['error mixed-formats Gateway shop/edge -'])
  expect(told(load([config, config]))).toEqual(['error mixed-formats - -'])
})
