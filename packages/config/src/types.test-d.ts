/** What must and must not compile. Read by the compiler alone: nothing here runs. */

import { expectTypeOf } from 'vitest'
import { z } from 'zod'

import type { DurationText } from './duration.ts'
import { defineConfig, parseConfig } from './index.ts'
import type { CertificateConfig, ConditionInput, GatewayConfig, GatewayConfigInput } from './index.ts'
import type { gatewaySchema } from './schema.ts'
import { conforming } from './schema-values.ts'
import type { ConditionName } from './types-values.ts'

// The schema gives the config and takes the input. `conforming` holds every schema equal to its hand-written type where it is made.
expectTypeOf<z.output<ReturnType<typeof gatewaySchema>>>().toEqualTypeOf<GatewayConfig>()
expectTypeOf<z.input<ReturnType<typeof gatewaySchema>>>().toEqualTypeOf<GatewayConfigInput>()
expectTypeOf(defineConfig).returns.toEqualTypeOf<GatewayConfig>()

interface Named {
  readonly name: string
  readonly size?: number
}
const named = z.strictObject({ name: z.string(), size: z.number().exactOptional() })
conforming<Named, Named>()(named)
// @ts-expect-error a field of the type that the schema does not know
conforming<Named & { readonly more: string }, Named>()(named)
// @ts-expect-error a field of the schema that the type does not know
conforming<{ readonly name: string }, { readonly name: string }>()(named)
// @ts-expect-error an optional field that the schema always gives
conforming<Named, Named>()(z.strictObject({ name: z.string(), size: z.number() }))
// @ts-expect-error another type of a field
conforming<{ readonly name: number }, { readonly name: number }>()(z.strictObject({ name: z.string() }))
// @ts-expect-error an input that the schema does not take
conforming<{ readonly name: string }, { readonly name: string | number }>()(z.strictObject({ name: z.string() }))

// A config is an input: what was parsed can be parsed again.
expectTypeOf<GatewayConfig>().toExtend<GatewayConfigInput>()
expectTypeOf<ConditionName>().toExtend<ConditionInput>()

for (const text of ['0s', '250ms', '30s', '2m', '1h30m', '1h1m1s1ms'] as const)
  expectTypeOf(text).toExtend<DurationText>()
// @ts-expect-error no unit
'60' satisfies DurationText
// @ts-expect-error no such unit
'1d' satisfies DurationText
// @ts-expect-error no number
'soon' satisfies DurationText

const result = parseConfig({})
// @ts-expect-error the config is there only after asking whether it is
void result.config
if (result.ok) expectTypeOf(result.config).toEqualTypeOf<GatewayConfig>()
else expectTypeOf(result.problems[0]?.nearest).toEqualTypeOf<string | undefined>()

defineConfig({
  version: 1,
  name: undefined,
  backends: [{ name: 'a', endpoints: ['http://a', { url: 'http://b' }], breaker: {}, retryBudget: false }],
  limits: [{ name: 'l', tokens: 1, every: '1m', per: { header: 'x-tenant-id' } }],
  routes: [{ name: 'r', rules: [{ backends: [{ backend: 'a' }], retry: { retries: 3, on: ['429', 503, '5xx'] } }] }],
})
defineConfig({
  version: 1,
  listeners: [
    { name: 'l', port: 443, protocol: 'HTTPS', certificates: [{ certificate: { file: 'c' }, key: { env: 'K' } }] },
  ],
  backends: [{ name: 'a', protocol: 'h2', tls: { ca: [{ file: 'ca' }] }, outlierDetection: { interval: '1s' } }],
  routes: [
    {
      kind: 'GRPC',
      name: 'r',
      rules: [
        {
          backends: [{ unresolved: 'x' }],
          filters: [{ type: 'RequestMirror', backend: 'a' }],
          origins: { rule: 'f:1' },
        },
      ],
    },
  ],
})
// @ts-expect-error a certificate is a reference, never the text itself
const certificate: CertificateConfig['certificate'] = '-----BEGIN CERTIFICATE-----'
void certificate
// @ts-expect-error a field of another type of filter
defineConfig({ version: 1, routes: [{ name: 'r', rules: [{ filters: [{ type: 'URLRewrite', statusCode: 301 }] }] }] })
// @ts-expect-error an unknown type of filter
defineConfig({ version: 1, routes: [{ name: 'r', rules: [{ filters: [{ type: 'ExtensionRef' }] }] }] })
// @ts-expect-error no version
defineConfig({})
// @ts-expect-error another version
defineConfig({ version: 2 })
// @ts-expect-error an unknown key
defineConfig({ version: 1, backendz: [] })
// @ts-expect-error a backend without a name
defineConfig({ version: 1, backends: [{ endpoints: [] }] })
// @ts-expect-error a duration without a unit
defineConfig({ version: 1, backends: [{ name: 'a', connectTimeout: '10' }] })
// @ts-expect-error a budget that is on without saying how
defineConfig({ version: 1, backends: [{ name: 'a', retryBudget: true }] })
// @ts-expect-error a secret of two places has no meaning, one of none neither
defineConfig({ version: 1, backends: [{ name: 'a', headers: [{ name: 'x', value: {} }] }] })
// @ts-expect-error an unknown condition
defineConfig({ version: 1, routes: [{ name: 'r', rules: [{ retry: { retries: 1, on: ['5x'] } }] }] })
// @ts-expect-error a limit without a rate
defineConfig({ version: 1, limits: [{ name: 'l', tokens: 1 }] })
