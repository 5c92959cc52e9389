/** What the name of a backend says of the object that it was read from. It knows no other backend. */

import { isLabel, isObjectName } from './names.ts'

export interface BackendForm {
  readonly kind: 'Service' | 'Backend' | 'InferencePool'
  readonly namespace: string
  readonly name: string
  /** Of a Service. */
  readonly port: number | undefined
  /** A further priority group of a Backend. */
  readonly group: string | undefined
  /** HTTP/2 because a GRPCRoute uses it, not because the object says so. */
  readonly isGrpc: boolean
}

/** `undefined` for a name that the reader of manifests does not give. */
export function formOf(text: string): BackendForm | undefined {
  const [, title, namespace = '', name = '', rest = ''] =
    /^(Backend\/|InferencePool\/)?([^/]+)\/([^/:]+)(.*)$/s.exec(text) ?? []
  if (!isLabel(namespace) || !isObjectName(name)) return undefined
  const common = { namespace, name, port: undefined, group: undefined, isGrpc: rest.endsWith('/grpc') }
  if (title === 'Backend/') {
    if (rest === '') return { ...common, kind: 'Backend' }
    const group = /^\/([1-9]\d{0,3})$/.exec(rest)?.[1]
    return group === undefined ? undefined : { ...common, kind: 'Backend', group }
  }
  if (title === 'InferencePool/') {
    return rest === '' || rest === '/grpc' ? { ...common, kind: 'InferencePool' } : undefined
  }
  const port = Number(/^:([1-9]\d{0,4})(\/grpc)?$/.exec(rest)?.[1])
  return port <= 65_535 ? { ...common, kind: 'Service', port } : undefined
}
