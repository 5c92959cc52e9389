import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { parseConfig } from '@headgate/config'
import { loadManifests } from './load.ts'
import { edge, load, object, only, resolve, route, service, told } from './manifests.case.ts'

const a = 'backendRefs: [{name: a, port: 8000}]'
const whole = [
  edge,
  service('a'),
  service('b'),
  route('r', `[{matches: [{path: {value: /x}, headers: [{name: h, value: v}]}], ${a}, timeouts: {request: 2s}}]`),
]

test('what is loaded is a config that is accepted as it is', () => {
  const { config } = load(whole, { resolve: resolve('a') })
  const again = parseConfig(JSON.parse(JSON.stringify(config)))
  expect(again.ok && again.config).toEqual(config)
})

test('several files are one set, each diagnostic with its own file', () => {
  const files = whole.map((text, index) => ({ name: `${index}.yaml`, text }))
  const { config, diagnostics } = loadManifests(files)
  expect(config?.routes[0]?.origin).toBe('3.yaml:2')
  expect(diagnostics.map(({ file, code }) => [file, code])).toEqual([['3.yaml', 'no-endpoints']])
})

test('the order of the files does not matter', () => {
  const options = { resolve: resolve('a') }
  const strip = (parts: readonly string[]): unknown => {
    return JSON.parse(JSON.stringify(load(parts, options).config).replaceAll(/a\.yaml:\d+/g, ''))
  }
  expect(strip(whole.toReversed())).toEqual(strip(whole))
})

describe('files without a Gateway', () => {
  test('are an error', () => {
    const result = load(whole.slice(1))
    expect(result.config).toBeUndefined()
    expect(only(result, 'no-gateway').severity).toBe('error')
  })

  test('are a warning for somebody who only checks them', () => {
    const result = load(whole.slice(1), { requireGateway: false })
    expect(result.config?.listeners).toEqual([])
    expect(only(result, 'no-gateway').severity).toBe('warning')
  })

  test('that cannot be read say only that', () => {
    expect(load('a: [').diagnostics.map(({ code }) => code)).toEqual(['yaml-syntax'])
  })

  test('are none at all', () => {
    expect(only(loadManifests([]), 'no-gateway').file).toBe('')
  })
})

describe('a part that cannot be read', () => {
  test('leaves no config, whatever else there is', () => {
    const result = load([...whole, object('gateway.networking.k8s.io/v1', 'HTTPRoute', 's', '{rules: 7}')])
    expect(result.config).toBeUndefined()
    expect(told(result)).toEqual(['error invalid-value HTTPRoute shop/s spec.rules'])
  })

  test('of one file leaves no config of the others', () => {
    const files = [...whole, 'x: [1'].map((text, index) => ({ name: `${index}.yaml`, text }))
    expect(loadManifests(files).config).toBeUndefined()
  })
})

describe('more text than is read', () => {
  test('is refused at the line where the bound is reached', () => {
    const text = 'a: 1\n'.repeat(20)
    expect(loadManifests([{ name: 'a.yaml', text }], { maxCharacters: 52 }).diagnostics).toMatchObject([
      { severity: 'error', code: 'yaml-too-large', file: 'a.yaml', line: 11 },
    ])
  })

  test('is that of all files together', () => {
    const files = ['a', 'b'].map((name) => ({ name, text: edge }))
    const result = loadManifests(files, { maxCharacters: edge.length })
    expect(result.diagnostics).toMatchObject([{ file: 'b', line: 1 }])
  })

  test('is ten megabytes by default', () => {
    const text = `${edge}\n---\n`.repeat(50_000)
    expect(only(load(text), 'yaml-too-large').message).toContain('2097152')
  })
})

test('names that read alike are looked for while there is time', () => {
  const names = Array.from({ length: 400 }, (_, index) => `service-${index}`)
  const refs = names.map((name) => `{name: ${name}x, port: 8000}`)
  const result = load([
    edge,
    ...names.map((name) => service(name)),
    route('r', `[{backendRefs: [${refs.join(', ')}]}]`),
  ])
  const hints = result.diagnostics.filter(({ code }) => code === 'backend-not-found').map(({ hint }) => hint)
  expect(hints).toHaveLength(400)
  expect(hints[0]).toBe('did you mean shop/service-0?')
  expect(hints[399]).toMatch(/^give its endpoints: /)
})

test('rules of very many listeners are not compared with one another', () => {
  const parts = (listeners: number): readonly string[] => {
    const list = Array.from(
      { length: listeners },
      (_, index) => `{name: l${index}, port: 80, protocol: HTTP, hostname: h${index}.test}`,
    )
    const gateway = edge.replace(/listeners:[^]*$/, `listeners: [${list.join(', ')}]`)
    const rule = '{matches: [{path: {value: /x}}], backendRefs: [{name: a, port: 8000}]}'
    return [gateway, service('a'), route('r', `[${Array(16).fill(rule).join(', ')}]`)]
  }
  const codes = (listeners: number): readonly string[] => load(parts(listeners)).diagnostics.map(({ code }) => code)
  expect(codes(2)).toContain('unreachable-rule')
  expect(codes(3200)).not.toContain('unreachable-rule')
})

test('every diagnostic has a file, a line and a code, and nothing is thrown, whatever stands in the text', () => {
  const text = whole.join('\n---\n')
  const lines = text.split('\n')
  const junk = fc.constantFrom(
    'null',
    '[]',
    '{}',
    '-1',
    '"*"',
    'x: y',
    '[a, b]',
    'true',
    '1.5',
    "''",
    '*a',
    '&a',
    '!t x',
  )
  const edit = fc.tuple(fc.nat(lines.length - 1), junk, fc.constantFrom('value', 'cut', 'copy', 'indent'))
  fc.assert(
    fc.property(fc.array(edit, { minLength: 1, maxLength: 3 }), (edits) => {
      const edited = [...lines]
      for (const [index, value, how] of edits) {
        const line = edited[index] ?? ''
        if (how === 'value') edited[index] = line.replace(/: \S.*$/, `: ${value}`)
        else if (how === 'cut') edited.splice(index, 1)
        else if (how === 'copy') edited.splice(index, 0, line)
        else edited[index] = `  ${line}`
      }
      const { config, diagnostics } = load(edited.join('\n'))
      expect(config === undefined).toBe(diagnostics.some(({ severity }) => severity === 'error'))
      for (const { file, line, code, message } of diagnostics) {
        expect([file, line > 0, code !== '', /undefined|\[object/.test(message)]).toEqual(['a.yaml', true, true, false])
      }
    }),
    { numRuns: 300 },
  )
})
