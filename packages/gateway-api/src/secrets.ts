/** Texts of Secrets and ConfigMaps by reference. They are handed on and never shown. */

import type { Context } from './context.ts'
import type { Resource } from './resources/resource.ts'

/** `namespace/name/key` of everything that a Secret in the files holds; ConfigMaps as `namespace/configmap:name/key`. */
export function collectSecrets(context: Context): ReadonlyMap<string, string> {
  const texts = new Map<string, string>()
  for (const secret of context.resources.list('Secret')) {
    const { data = {}, stringData = {} } = secret.body
    for (const [key, coded] of Object.entries(data)) {
      const text = decode(coded)
      if (text !== undefined) texts.set(`${secret.id}/${key}`, text)
      else
        context.error(
          secret,
          ['data', key],
          'invalid-value',
          'the value is not base64',
          'plain text goes to stringData',
        )
    }
    for (const [key, text] of Object.entries(stringData)) texts.set(`${secret.id}/${key}`, text)
  }
  for (const map of context.resources.list('ConfigMap')) {
    for (const [key, text] of Object.entries(map.body.data ?? {})) texts.set(`${configMapKey(map)}/${key}`, text)
  }
  return texts
}

/** A colon stands in no name of Kubernetes, so it keeps the two kinds apart. */
export function configMapKey(map: Resource<'ConfigMap'>): string {
  return `${map.namespace}/configmap:${map.name}`
}

function decode(coded: string): string | undefined {
  try {
    const bytes = Uint8Array.from(atob(coded.replaceAll(/\s/g, '')), (letter) => letter.charCodeAt(0))
    return new TextDecoder().decode(bytes)
  } catch {
    return undefined
  }
}

/** Is there something at this reference, in the files or beside them? */
export function hasSecret(context: Context, texts: ReadonlyMap<string, string>, reference: string): boolean {
  return texts.has(reference) || context.readSecret(reference) !== undefined
}
