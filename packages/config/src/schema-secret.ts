/** A reference to a value that is not in the config, as a schema. It reads nothing. */

import { z } from 'zod'

import { conforming, fieldValue, strict } from './schema-values.ts'
import type { SecretRef } from './types-values.ts'

/** What would be accepted, for messages. */
export const secretText = 'exactly one of env, file and secret'

export const secretSchema = (): z.ZodType<SecretRef, SecretRef> =>
  conforming<SecretRef, SecretRef>()(
    strict({
      env: z
        .string({ error: 'the name of an environment variable' })
        .regex(/^[^=\0]+$/)
        .exactOptional(),
      file: z
        .string({ error: 'the path of a file' })
        .regex(/^[^\0]+$/)
        .exactOptional(),
      secret: z
        .string({ error: 'a Kubernetes Secret as namespace/name/key' })
        .regex(/^[^/\s]+\/[^/\s]+\/[^/\s]+$/)
        .exactOptional(),
      prefix: fieldValue.exactOptional(),
    })
      .meta({ oneOf: [{ required: ['env'] }, { required: ['file'] }, { required: ['secret'] }] })
      .transform((reference, context): SecretRef => {
        const { env, file, secret: key, prefix } = reference
        const more = prefix === undefined ? {} : { prefix }
        if (env !== undefined && file === undefined && key === undefined) return { env, ...more }
        if (file !== undefined && env === undefined && key === undefined) return { file, ...more }
        if (key !== undefined && env === undefined && file === undefined) return { secret: key, ...more }
        const count = [env, file, key].filter((place) => place !== undefined).length
        const wrong = count === 0 ? 'the reference is empty' : 'the reference names more than one place'
        context.issues.push({ code: 'custom', message: secretText, params: { wrong }, input: reference })
        return z.NEVER
      }),
  )
