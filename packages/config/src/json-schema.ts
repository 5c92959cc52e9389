/** The config's shape for editors, as JSON Schema. References between names cannot be said there. */

import { z } from 'zod'

import { gatewaySchema } from './schema.ts'

/** JSON Schema (draft 2020-12) of what `parseConfig` accepts. The package ships it as `@headgate/config/schema.json`. */
export function configJsonSchema(): object {
  const generated = z.toJSONSchema(gatewaySchema(), { target: 'draft-2020-12', io: 'input' })
  return { ...generated, title: 'headgate gateway config' }
}
