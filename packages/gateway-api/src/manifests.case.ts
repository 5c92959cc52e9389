/** Small manifests for tests, and short forms of what a load says. */

import { loadManifests } from './load.ts'
import type { LoadResult } from './load.ts'
import type { LoadOptions } from './context.ts'

/** One Gateway with a plain listener for its own namespace, `shop`. */
export const edge = `
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: edge, namespace: shop}
spec:
  gatewayClassName: any
  listeners:
    - {name: http, port: 80, protocol: HTTP}
`

/** A Service of `shop` with one port, 8000. */
export function service(name: string, more = ''): string {
  return `
apiVersion: v1
kind: Service
metadata: {name: ${name}, namespace: shop}
spec:
  ports:
    - {name: main, port: 8000${more}}
`
}

/** An HTTPRoute of `shop`, attached to `edge`, with these rules. */
export function route(name: string, rules: string, spec = ''): string {
  return `
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: ${name}, namespace: shop}
spec:
  parentRefs: [{name: edge}]
  ${spec}
  rules: ${rules}
`
}

/** Any object of a group and kind in `shop`. */
export function object(apiVersion: string, kind: string, name: string, spec: string): string {
  return `
apiVersion: ${apiVersion}
kind: ${kind}
metadata: {name: ${name}, namespace: shop}
spec: ${spec}
`
}

/** Endpoints for the Services of these names. */
export function resolve(...names: readonly string[]): ReadonlyMap<string, readonly string[]> {
  return new Map(names.map((name, index) => [`${name}.shop:8000`, [`http://127.0.0.1:${9000 + index}`]]))
}

/** All parts as the documents of one file, `a.yaml`. */
export function load(parts: string | readonly string[], options?: LoadOptions): LoadResult {
  const text = typeof parts === 'string' ? parts : parts.join('\n---\n')
  return loadManifests([{ name: 'a.yaml', text }], options)
}

/** `severity code object field`, without what is said of backends that have no endpoints. */
export function told({ diagnostics }: LoadResult): readonly string[] {
  return diagnostics
    .filter(({ code }) => code !== 'no-endpoints')
    .map(({ severity, code, object: title = '-', field = '-' }) => `${severity} ${code} ${title} ${field}`)
}

/** The one diagnostic with this code. */
export function only({ diagnostics }: LoadResult, code: string): LoadResult['diagnostics'][number] {
  const found = diagnostics.filter((diagnostic) => diagnostic.code === code)
  const [first] = found
  if (first === undefined || found.length > 1) throw new Error(`${found.length} diagnostics have the code ${code}`)
  return first
}

/** The rules of the first route. */
export function rules({
  config,
  diagnostics,
}: LoadResult): NonNullable<LoadResult['config']>['routes'][number]['rules'] {
  const [first] = config?.routes ?? []
  if (first === undefined) throw new Error(`no route: ${JSON.stringify(diagnostics)}`)
  return first.rules
}

/** A backend by its name. */
export function backend(
  { config, diagnostics }: LoadResult,
  name: string,
): NonNullable<LoadResult['config']>['backends'][number] {
  const found = config?.backends.find((known) => known.name === name)
  if (found === undefined) throw new Error(`no backend ${name}: ${JSON.stringify(diagnostics)}`)
  return found
}
