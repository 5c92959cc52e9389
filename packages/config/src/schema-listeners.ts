/** Listeners and their certificates as schemas. Whether two of them can share a port is for `references.ts`. */

import { z } from 'zod'

import type { ListenerInput } from './input.ts'
import { secretSchema } from './schema-secret.ts'
import { conforming, hostname, name, origin, port, strict } from './schema-values.ts'
import type { CertificateConfig, ListenerConfig } from './types.ts'

const certificate = () =>
  conforming<CertificateConfig, CertificateConfig>()(strict({ certificate: secretSchema(), key: secretSchema() }))

export const listenerSchema = (): z.ZodType<ListenerConfig, ListenerInput> =>
  conforming<ListenerConfig, ListenerInput>()(
    strict({
      name: name('the name of a listener'),
      port,
      protocol: z.enum(['HTTP', 'HTTPS'], { error: 'HTTP or HTTPS' }),
      hostname: hostname.exactOptional(),
      certificates: z
        .array(certificate(), { error: 'a list of certificates, each with certificate and key' })
        .exactOptional(),
      origin: origin.exactOptional(),
    }).check((context) => {
      const { protocol, certificates } = context.value
      const count = certificates?.length ?? 0
      if (protocol === 'HTTPS' && count === 0) {
        const params = { wrong: 'an HTTPS listener cannot be opened without a certificate' }
        const message = 'a list of at least one certificate'
        context.issues.push({ code: 'custom', message, params, path: ['certificates'], input: certificates })
      }
      if (protocol === 'HTTP' && count > 0) {
        const params = { wrong: 'an HTTP listener shows no certificate' }
        const message = 'no certificates, or the protocol HTTPS'
        context.issues.push({ code: 'custom', message, params, path: ['certificates'], input: certificates })
      }
    }),
  )
