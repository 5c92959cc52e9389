/** The meaning of the Gateway API's routing conformance tests, in tables of our own: request to winner, by index and by scan. */

import { describe } from 'vitest'
import { answers, exact, prefix, regex, rule } from './answers.case.ts'

describe('path and headers in one route', () => {
  answers(
    [
      {
        name: 'models',
        rules: [
          rule('everything', { path: prefix('/') }, { headers: [{ name: 'version', value: 'one' }] }),
          rule('beta', { path: prefix('/beta') }, { headers: [{ name: 'version', value: 'two' }] }),
        ],
      },
    ],
    [
      ['GET a.test/', {}, 'everything'],
      ['GET a.test/other', {}, 'everything'],
      ['GET a.test/', { version: 'one' }, 'everything'],
      ['GET a.test/', { version: 'two' }, 'beta'],
      ['GET a.test/beta', {}, 'beta'],
      ['GET a.test/beta/x', { version: 'one' }, 'beta'],
      ['GET a.test/betamax', {}, 'everything'],
      ['GET a.test/Beta', {}, 'everything'],
    ],
  )
})

describe('across routes', () => {
  answers(
    [
      {
        name: 'first',
        hostnames: ['one.test', 'two.test'],
        rules: [rule('one', { path: prefix('/') }, { headers: [{ name: 'version', value: 'one' }] })],
      },
      {
        name: 'second',
        hostnames: ['one.test'],
        rules: [
          rule('long', { path: prefix('/long') }),
          rule('two', { headers: [{ name: 'version', value: 'two' }] }),
          rule('posted', { method: 'POST' }),
        ],
      },
    ],
    [
      ['GET one.test/', {}, 'one'],
      ['GET one.test/long', {}, 'long'],
      ['GET one.test/long/er', { version: 'one' }, 'long'],
      ['GET one.test/', { version: 'two' }, 'two'],
      ['POST one.test/', { version: 'two' }, 'posted'],
      ['GET two.test/', { version: 'two' }, 'one'],
      ['GET two.test/long', {}, 'one'],
      ['GET three.test/', {}, undefined],
    ],
  )
})

describe('order of paths', () => {
  answers(
    [
      {
        name: 'paths',
        rules: [
          rule('prefix /', { path: prefix('/') }),
          rule('prefix /a/', { path: prefix('/a/') }),
          rule('prefix /a/b', { path: prefix('/a/b') }),
          rule('exact /a', { path: exact('/a') }),
          rule('exact /a/b/', { path: exact('/a/b/') }),
          rule('pattern', { path: regex('/a/[0-9]+') }),
          rule('exact /a/1', { path: exact('/a/1') }),
        ],
      },
    ],
    [
      ['GET a.test/', {}, 'prefix /'],
      ['GET a.test/a', {}, 'exact /a'],
      ['GET a.test/a/', {}, 'prefix /a/'],
      ['GET a.test/a/c', {}, 'prefix /a/'],
      ['GET a.test/a/b', {}, 'prefix /a/b'],
      ['GET a.test/a/b/', {}, 'exact /a/b/'],
      ['GET a.test/a/b/c', {}, 'prefix /a/b'],
      ['GET a.test/a/bc', {}, 'prefix /a/'],
      ['GET a.test/a/1', {}, 'exact /a/1'],
      ['GET a.test/a/12', {}, 'pattern'],
      ['GET a.test/a/12/x', {}, 'prefix /a/'],
      ['GET a.test/ab', {}, 'prefix /'],
      ['GET a.test//a', {}, 'prefix /'],
      ['GET a.test/a?b=/a/b', {}, 'exact /a'],
    ],
  )
})

describe('exact paths', () => {
  answers(
    [
      {
        name: 'exact',
        rules: [
          rule('one', { path: exact('/one') }),
          rule('two', { path: exact('/two/part') }),
          rule('slash', { path: exact('/slash/') }),
        ],
      },
    ],
    [
      ['GET a.test/one', {}, 'one'],
      ['GET a.test/one/', {}, undefined],
      ['GET a.test/One', {}, undefined],
      ['GET a.test/one/x', {}, undefined],
      ['GET a.test/two/part', {}, 'two'],
      ['GET a.test/two', {}, undefined],
      ['GET a.test/slash/', {}, 'slash'],
      ['GET a.test/slash', {}, undefined],
      ['GET a.test/%6fne', {}, undefined],
      ['GET a.test/', {}, undefined],
    ],
  )
})

describe('more prefixes than are compared one by one', () => {
  answers(
    [
      {
        name: 'prefixes',
        rules: ['/a', '/a/b', '/a/b/c', '/a/bb', '/b', '/b/a', '/long/element', '/a/b/c/d/e'].map((value) =>
          rule(value, { path: prefix(value) }),
        ),
      },
    ],
    [
      ['GET a.test/a', {}, '/a'],
      ['GET a.test/a/', {}, '/a'],
      ['GET a.test/a/x/c', {}, '/a'],
      ['GET a.test/a/b/x', {}, '/a/b'],
      ['GET a.test/a/b/c/d', {}, '/a/b/c'],
      ['GET a.test/a/b/c/d/e/f/g', {}, '/a/b/c/d/e'],
      ['GET a.test/a/bbb', {}, '/a'],
      ['GET a.test/long', {}, undefined],
      ['GET a.test/long/element', {}, '/long/element'],
      ['GET a.test/long/elements', {}, undefined],
      ['GET a.test/', {}, undefined],
    ],
  )
})

describe('headers', () => {
  const h = (...pairs: [string, string][]) => ({ headers: pairs.map(([name, value]) => ({ name, value })) })
  answers(
    [
      {
        name: 'headers',
        rules: [
          rule('v1', h(['Version', 'one'])),
          rule('v2', h(['version', 'two'])),
          rule('v2 orange', h(['version', 'two'], ['color', 'orange'])),
          rule('blue or green', h(['color', 'blue']), h(['color', 'green'])),
          rule('red and yellow', h(['color', 'red'], ['color', 'yellow'], ['shape', 'round'])),
          rule('second name ignored', h(['Shape', 'square'], ['shape', 'round'])),
          rule('gpt', { headers: [{ type: 'RegularExpression', name: 'model', value: 'gpt-[0-9]' }] }),
          rule('empty', h(['model', ''])),
        ],
      },
    ],
    [
      ['GET a.test/', { version: 'one' }, 'v1'],
      ['GET a.test/', { version: 'One' }, undefined],
      ['GET a.test/', { version: 'one, one' }, undefined],
      ['GET a.test/', { version: 'two' }, 'v2'],
      ['GET a.test/', { version: 'two', color: 'orange' }, 'v2 orange'],
      ['GET a.test/', { version: 'two', color: 'blue' }, 'v2'],
      ['GET a.test/', { color: 'blue' }, 'blue or green'],
      ['GET a.test/', { color: 'green' }, 'blue or green'],
      ['GET a.test/', { color: 'orange' }, undefined],
      ['GET a.test/', { color: 'red' }, undefined],
      ['GET a.test/', { color: 'red', shape: 'round' }, 'red and yellow'],
      ['GET a.test/', { color: 'yellow', shape: 'round' }, undefined],
      ['GET a.test/', { shape: 'square' }, 'second name ignored'],
      ['GET a.test/', { shape: 'round' }, undefined],
      ['GET a.test/', { model: 'gpt-4' }, 'gpt'],
      ['GET a.test/', { model: 'gpt-4o' }, undefined],
      ['GET a.test/', { model: 'my-gpt-4' }, undefined],
      ['GET a.test/', { model: '' }, 'empty'],
      ['GET a.test/', {}, undefined],
    ],
  )
})

describe('query parameters', () => {
  const q = (...pairs: [string, string][]) => ({ query: pairs.map(([name, value]) => ({ name, value })) })
  answers(
    [
      {
        name: 'query',
        rules: [
          rule('whale', q(['animal', 'whale'])),
          rule('dolphin', q(['animal', 'dolphin'])),
          rule('blue dolphin', q(['animal', 'dolphin'], ['color', 'blue'])),
          rule('first name counts', q(['ANIMAL', 'owl'], ['ANIMAL', 'cat'])),
          rule('spaced', q(['animal', 'sea cow'])),
          rule('plus', q(['animal', 'c+d'])),
          rule('digits', { query: [{ type: 'RegularExpression', name: 'animal', value: '[0-9]+ ?' }] }),
        ],
      },
    ],
    [
      ['GET a.test/?animal=whale', {}, 'whale'],
      ['GET a.test/?animal=dolphin', {}, 'dolphin'],
      ['GET a.test/?animal=dolphin&color=blue', {}, 'blue dolphin'],
      ['GET a.test/?color=blue&x=1&animal=dolphin', {}, 'blue dolphin'],
      ['GET a.test/?animal=whale&animal=dolphin', {}, 'whale'],
      ['GET a.test/?animal=Whale', {}, undefined],
      ['GET a.test/?Animal=whale', {}, undefined],
      ['GET a.test/?ANIMAL=owl', {}, 'first name counts'],
      ['GET a.test/?ANIMAL=cat', {}, undefined],
      ['GET a.test/?animal=%77hale', {}, 'whale'],
      ['GET a.test/?animal=sea+cow', {}, 'spaced'],
      ['GET a.test/?animal=sea%20cow', {}, 'spaced'],
      ['GET a.test/?animal=c%2Bd', {}, 'plus'],
      ['GET a.test/?animal=c+d', {}, undefined],
      ['GET a.test/?animal=12', {}, 'digits'],
      ['GET a.test/?animal=12+', {}, 'digits'],
      ['GET a.test/?animal=a12', {}, undefined],
      ['GET a.test/?animal', {}, undefined],
      ['GET a.test/?color=blue', {}, undefined],
      ['GET a.test/', {}, undefined],
    ],
  )
})

describe('methods', () => {
  answers(
    [
      {
        name: 'methods',
        rules: [
          rule('get', { method: 'GET' }),
          rule('post', { method: 'POST' }),
          rule('long path', { path: prefix('/path') }),
          rule('put and header', { method: 'PUT', headers: [{ name: 'a', value: '1' }] }),
          rule('header', { headers: [{ name: 'a', value: '1' }] }),
        ],
      },
    ],
    [
      ['GET a.test/', {}, 'get'],
      ['POST a.test/', {}, 'post'],
      ['get a.test/', {}, undefined],
      ['HEAD a.test/', {}, undefined],
      ['GET a.test/path', {}, 'long path'],
      ['PUT a.test/', { a: '1' }, 'put and header'],
      ['PATCH a.test/', { a: '1' }, 'header'],
      ['POST a.test/', { a: '1' }, 'post'],
    ],
  )
})

describe('host names', () => {
  answers(
    [
      { name: 'any', rules: [rule('any', { path: prefix('/') }), rule('any exact', { path: exact('/only-any') })] },
      { name: 'wide', hostnames: ['*.example.test'], rules: [rule('wide', { path: prefix('/v1') })] },
      { name: 'narrow', hostnames: ['*.api.example.test'], rules: [rule('narrow', { path: prefix('/v1/chat') })] },
      {
        name: 'named',
        hostnames: ['a.api.example.test', 'example.test', '*.other.test'],
        rules: [rule('named', { path: exact('/v1') })],
      },
    ],
    [
      ['GET a.api.example.test/v1', {}, 'named'],
      ['GET A.API.Example.test:8443/v1', {}, 'named'],
      ['GET a.api.example.test./v1', {}, 'named'],
      // Precedence, not exclusion: what the named host does not take falls to the next wider one.
      ['GET a.api.example.test/v1/chat', {}, 'narrow'],
      ['GET a.api.example.test/v1/x', {}, 'wide'],
      ['GET a.api.example.test/', {}, 'any'],
      ['GET a.api.example.test/only-any', {}, 'any exact'],
      ['GET x.y.api.example.test/v1/chat', {}, 'narrow'],
      ['GET api.example.test/v1/chat', {}, 'wide'],
      ['GET x.example.test/v1', {}, 'wide'],
      ['GET example.test/v1', {}, 'named'],
      ['GET example.test/v1/x', {}, 'any'],
      ['GET xexample.test/v1', {}, 'any'],
      ['GET .example.test/v1', {}, 'any'],
      ['GET b.other.test/v1', {}, 'named'],
      ['GET other.test/v1', {}, 'any'],
      ['GET [::1]:80/v1', {}, 'any'],
      ['GET /v1', {}, 'any'],
    ],
  )
})
