/** Certificates of listeners, read when the table is built. Those of listeners that are not opened may be missing. */

import { X509Certificate } from 'node:crypto'
import { createSecureContext } from 'node:tls'
import type { SecureContext } from 'node:tls'
import type { CertificateConfig, ListenerConfig } from '@headgate/config'
import { readSecret } from './secrets.ts'
import type { SecretTexts } from './secrets.ts'

export interface ListenerCertificate {
  readonly context: SecureContext
  /** PEM texts, for the default context of a server. */
  readonly certificate: string
  readonly key: string
  readonly names: X509Certificate
}

/** By the name of the listener. What cannot be read is left out: `certificateProblems` tells. */
export function readCertificates(
  listeners: readonly ListenerConfig[],
  secrets: SecretTexts,
): ReadonlyMap<string, readonly ListenerCertificate[]> {
  return new Map(
    listeners.map(({ name, certificates = [] }) => [
      name,
      certificates.map((pair) => read(pair, secrets)).filter((result) => typeof result !== 'string'),
    ]),
  )
}

/** Why the listeners of these names cannot be opened, each with its name. */
export function certificateProblems(
  listeners: readonly ListenerConfig[],
  secrets: SecretTexts,
  opened: ReadonlySet<string>,
): string[] {
  return listeners
    .filter(({ name }) => opened.has(name))
    .flatMap(({ name, certificates = [] }) =>
      certificates
        .map((pair) => read(pair, secrets))
        .filter((result) => typeof result === 'string')
        .map((problem) => `listener "${name}": ${problem}`),
    )
}

/** The one whose names fit what the caller asked for, else the first. */
export function pickCertificate(
  certificates: readonly ListenerCertificate[],
  serverName: string,
): ListenerCertificate | undefined {
  return certificates.find(({ names }) => names.checkHost(serverName) !== undefined) ?? certificates[0]
}

function read(pair: CertificateConfig, secrets: SecretTexts): ListenerCertificate | string {
  const certificate = readSecret(pair.certificate, secrets)
  const key = readSecret(pair.key, secrets)
  if (typeof certificate !== 'string') return certificate.problem
  if (typeof key !== 'string') return key.problem
  try {
    const context = createSecureContext({ cert: certificate, key })
    return { context, certificate, key, names: new X509Certificate(certificate) }
  } catch {
    return 'its certificate and key are not PEM texts that fit together'
  }
}
