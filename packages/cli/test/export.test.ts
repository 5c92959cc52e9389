import { parseConfig } from '@headgate/config'
import { expect, test } from 'vitest'
import { parseCommand } from '../src/arguments.ts'
import type { ExportCommand } from '../src/arguments.ts'
import { exportFiles } from '../src/export.ts'
import { configOf, writeConfig, writeFile } from './config.ts'
import { temporaryFolder } from './program.ts'

function exported(...words: string[]): { code: number; text: string; errors: string } {
  let text = ''
  let errors = ''
  const command = parseCommand(['export', ...words]) as ExportCommand
  const code = exportFiles(
    command,
    (more) => (text += more),
    (more) => (errors += more),
  )
  return { code, text, errors }
}

test('JSON is a config again, with every default written out and no secret in it', () => {
  using folder = temporaryFolder()
  const headers = [{ name: 'authorization', value: { env: 'HEADGATE_TEST_UNSET' } }]
  const routes = [{ name: 'r', rules: [{ backends: [{ backend: 'a' }] }] }]
  const config = configOf({}, { backends: [{ name: 'a', endpoints: ['http://a:1'], headers }], routes })
  const { code, text, errors } = exported(writeConfig(folder.path, config), '--to', 'json')
  expect({ code, errors }).toEqual({ code: 0, errors: '' })
  const parsed = parseConfig(JSON.parse(text))
  expect(parsed).toMatchObject({ ok: true, config: JSON.parse(text) as object })
  expect(JSON.parse(text)).toMatchObject({ backends: [{ connectTimeout: 10_000, headers }] })
})

test('files with errors give no output', () => {
  using folder = temporaryFolder()
  const { code, text, errors } = exported(writeFile(folder.path, 'a.yaml', 'a: [\n'), '--to', 'json')
  expect({ code, text }).toEqual({ code: 1, text: '' })
  expect(errors).toContain('a.yaml:')
})

test('manifests say the same when they are read again, and what they cannot say is told', () => {
  using folder = temporaryFolder()
  const routes = [
    {
      name: 'r',
      rules: [
        {
          backends: [
            { backend: 'a', weight: 90 },
            { backend: 'b', weight: 10 },
          ],
          sticky: { header: 'x-user' },
        },
      ],
    },
  ]
  const backends = ['a', 'b'].map((name) => ({ name, endpoints: [`http://${name}:8000`] }))
  const { code, text, errors } = exported(
    writeConfig(folder.path, configOf({}, { backends, routes })),
    '--to',
    'gateway-api',
  )
  expect(code).toBe(0)
  expect(text).toContain('kind: HTTPRoute')
  expect(errors).toContain('sticky')
  const again = exported(writeFile(folder.path, 'again.yaml', text), '--to', 'json')
  expect(again.code).toBe(0)
  const weights = /"weight": (\d+)/g
  expect([...again.text.matchAll(weights)].map(([, weight]) => weight)).toEqual(['90', '10'])
})
