import { expect, test } from 'vitest'

import { loadManifests } from '../load.ts'
import { bare, config, documentsOf, reload } from './exports.case.ts'
import type { Fields } from './exports.case.ts'
import { exportManifests } from './from-config.ts'
import { restoreNames } from './original-names.ts'

const source = config({
  name: 'inference',
  backends: [
    { name: 'GPT 4', pool: 'gpt', endpoints: ['http://10.0.0.1:8000'] },
    { name: 'Claude', endpoints: ['http://10.0.0.2:8000'] },
  ],
  limits: [{ name: 'all of us', tokens: 1, every: '1s' }],
  listeners: [{ name: 'Main door', port: 80, protocol: 'HTTP' }],
  routes: [
    {
      name: 'Chat!',
      listeners: ['Main door'],
      rules: [
        {
          name: 'Rule 1',
          filters: [{ type: 'RequestMirror', backend: 'Claude' }],
          backends: [{ backend: 'GPT 4', filters: [{ type: 'RequestMirror', backend: 'Claude' }] }],
          limits: ['all of us'],
        },
      ],
    },
    {
      name: 'Chat!',
      namespace: 'Not A Label',
      listeners: ['Main door'],
      rules: [{ backends: [{ backend: 'Claude' }] }],
    },
    { name: 'chat', namespace: 'shop', listeners: [], rules: [{ name: 'rule-1' }] },
  ],
})

test.for(['gateway-api', 'kgateway'] as const)('names come back wherever they are used, in %s', (dialect) => {
  const { yaml } = exportManifests(source, dialect)
  const { limits, routes, ...rest } = source
  const expected =
    dialect === 'kgateway'
      ? source
      : {
          ...rest,
          limits: [],
          routes: routes.map((route) => ({ ...route, rules: route.rules.map((rule) => ({ ...rule, limits: [] })) })),
        }
  expect(bare(reload(yaml))).toEqual(bare(expected))
  expect(limits.length).toBe(1)
})

test('the listeners of the load have the names of the config', () => {
  const { yaml } = exportManifests(source, 'kgateway')
  const loaded = loadManifests([{ name: 'a.yaml', text: yaml }])
  const restored = restoreNames(loaded, documentsOf(yaml))
  expect(restored.listeners.map(({ name }) => name)).toEqual(restored.config?.listeners.map(({ name }) => name))
  expect(restored.listeners).toMatchObject([{ name: 'Main door', gateway: 'default/inference', listener: 'main-door' }])
})

/** What documents are read as. JSON is YAML. */
function named(documents: readonly unknown[]): readonly string[] | undefined {
  const text = documents.map((document) => JSON.stringify(document)).join('\n---\n')
  return restoreNames(loadManifests([{ name: 'a.yaml', text }]), documents).config?.backends.map(({ name }) => name)
}

/** The names of the backends where both objects carry these annotations. */
function annotated(annotations: Fields): readonly string[] | undefined {
  return named(
    documentsOf(exportManifests(source, 'gateway-api').yaml).map((document) => {
      const { metadata, ...rest } = document as { readonly kind: string; readonly metadata: Fields }
      return { ...rest, metadata: rest.kind === 'Service' ? { ...metadata, annotations } : metadata }
    }),
  )
}

test.for<[string, Fields]>([
  ['are taken', { 'headgate.dev/name': 'twice' }],
  ['are no names', { 'headgate.dev/name': ' ' }],
  ['are no texts', { 'headgate.dev/name': 1, 'headgate.dev/pool': ['a'] }],
])('names that %s are not taken over', ([_, annotations]) => {
  expect(annotated(annotations)?.every((name) => name.startsWith('default/'))).toBe(true)
})

test('an annotation of a map that is none is passed over', () => {
  for (const text of ['{', '[]', '1', '{"main-door": 1}', '{"elsewhere": "x"}']) {
    const yaml = exportManifests(source, 'kgateway').yaml.replace(
      /headgate\.dev\/listeners: .*/,
      `headgate.dev/listeners: '${text}'`,
    )
    expect(reload(yaml).listeners.map(({ name }) => name)).toEqual(['default/inference/main-door'])
  }
})

test('objects of a List are looked at too', () => {
  const items = documentsOf(exportManifests(source, 'gateway-api').yaml)
  expect(named([{ apiVersion: 'v1', kind: 'List', items }])?.toSorted()).toEqual(['Claude', 'GPT 4'])
})

test('a load without annotations, or without a config, stays what it is', () => {
  const found = { config: source, listeners: [] }
  expect(restoreNames(found, [{ kind: 'Service', metadata: { name: 'a' } }, 1, null, []])).toBe(found)
  const none = { config: undefined, listeners: [] }
  expect(restoreNames(none, [])).toBe(none)
})
