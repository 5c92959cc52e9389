import type { ListenerConfig } from '@headgate/config'
import { describe, expect, test } from 'vitest'
import { explainListener } from './explain-listener.ts'
import type { Arrival } from './explain-listener.ts'

const listeners: readonly ListenerConfig[] = [
  { name: 'ns/edge/http', port: 80, protocol: 'HTTP', hostname: 'a.test' },
  { name: 'ns/edge/any', port: 80, protocol: 'HTTP' },
  { name: 'ns/edge/https', port: 443, protocol: 'HTTPS', hostname: '*.test', certificates: [] },
  { name: 'ns/other/http', port: 80, protocol: 'HTTP' },
]

function choose(arrival: Partial<Arrival>, takes: (name: string) => boolean = () => true): readonly string[] {
  const whole = { host: 'a.test', scheme: undefined, port: undefined, ...arrival }
  const { chosen, passed } = explainListener(listeners, whole, ({ name }) => takes(name))
  return [chosen?.name ?? 'none', ...passed.map(({ listener, because }) => `${listener}: ${because}`)]
}

describe('the listener of a request', () => {
  test('has its scheme, port and host; the others have a reason each', () => {
    expect(choose({ scheme: 'http', port: 80 })).toEqual([
      'ns/edge/http',
      'ns/edge/any: it is for every host, and ns/edge/http is the nearest for "a.test"',
      'ns/edge/https: it speaks HTTPS, the request comes over http',
      'ns/other/http: it is another address than that of ns/edge/http',
    ])
    expect(choose({ scheme: 'https', port: 443 })[0]).toBe('ns/edge/https')
    expect(choose({ scheme: 'https', port: 443, host: 'b.example' })).toEqual([
      'none',
      'ns/edge/http: it speaks HTTP, the request comes over https',
      'ns/edge/any: it speaks HTTP, the request comes over https',
      'ns/edge/https: it is for "*.test", the request for "b.example"',
      'ns/other/http: it speaks HTTP, the request comes over https',
    ])
  })

  test('may be reached at a port that none declares', () => {
    expect(choose({ scheme: 'https', port: 8443 })[0]).toBe('ns/edge/https')
  })

  test('is of the first address that takes the request', () => {
    expect(choose({ host: 'c.test' })[0]).toBe('ns/edge/any')
    expect(choose({ host: 'c.test' }, (name) => name === 'ns/other/http')[0]).toBe('ns/other/http')
    expect(choose({ host: 'c.test' }, () => false)[0]).toBe('ns/edge/any')
  })

  test('is none where there is none', () => {
    expect(explainListener([], { host: 'a.test', scheme: 'http', port: 80 }, () => true)).toEqual({
      chosen: undefined,
      passed: [],
    })
  })
})
