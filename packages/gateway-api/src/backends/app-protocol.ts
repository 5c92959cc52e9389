/** What is spoken to a backend, by the `appProtocol` of its port (Kubernetes KEP-3726, Gateway API GEP-1911). */

export interface Wire {
  readonly protocol: 'http1' | 'h2c'
  readonly scheme: 'http' | 'https'
}

const http: Wire = { protocol: 'http1', scheme: 'http' }
const https: Wire = { protocol: 'http1', scheme: 'https' }
const h2c: Wire = { protocol: 'h2c', scheme: 'http' }

const wires: Readonly<Record<string, Wire>> = {
  http,
  https,
  h2c,
  http2: h2c,
  grpc: h2c,
  'grpc-web': http,
  ws: http,
  wss: https,
  'kubernetes.io/h2c': h2c,
  'kubernetes.io/ws': http,
  'kubernetes.io/wss': https,
}

/** Every name that is understood. */
export const appProtocols: readonly string[] = Object.keys(wires)

/** `undefined` for a name that is not understood. */
export function wireOf(appProtocol: string): Wire | undefined {
  const name = appProtocol.toLowerCase()
  return Object.hasOwn(wires, name) ? wires[name] : undefined
}
