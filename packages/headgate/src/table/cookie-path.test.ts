import { expect, test } from 'vitest'
import { cookiePath } from './cookie-path.ts'

const exact = (value: string) => ({ path: { type: 'Exact' as const, value } })
const prefix = (value: string) => ({ path: { type: 'PathPrefix' as const, value } })
const pattern = (value: string) => ({ path: { type: 'RegularExpression' as const, value } })

test.for([
  [[], '/'],
  [[{ method: 'GET' }], '/'],
  [[prefix('/')], '/'],
  [[prefix('/v1')], '/v1'],
  [[prefix('/v1/')], '/v1'],
  [[exact('/v1/chat/completions')], '/v1/chat/completions'],
  [[prefix('/v1/chat'), exact('/v1/completions')], '/v1'],
  [[prefix('/v1/chat'), exact('/v1/chat')], '/v1/chat'],
  [[prefix('/v1/chat'), prefix('/v1/chat/completions')], '/v1/chat'],
  [[prefix('/v1/chat/completions'), prefix('/v1/chat')], '/v1/chat'],
  [[prefix('/v1'), prefix('/v10')], '/'],
  [[prefix('/v1'), prefix('/')], '/'],
  [[prefix('/v1'), { method: 'GET' }], '/'],
  [[prefix('/v1'), pattern('/v1/.*')], '/'],
  [[prefix('/a/b;Domain=x/c')], '/a'],
  [[prefix('/a/é/c')], '/a'],
  [[prefix('/a%20b/c')], '/a%20b/c'],
] as const)('%j: %s', ([matches, path]) => {
  expect(cookiePath(matches)).toBe(path)
})
