/** The specification's manifests, one file a block, and a gateway made of some of them on real sockets. */

import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { loadManifests } from '@headgate/gateway-api'
import type { Diagnostic, LoadOptions, SourceFile } from '@headgate/gateway-api'
import type { GatewayConfig } from '@headgate/config'
import { json, startUpstream } from '@headgate/testing'
import type { Script, Upstream } from '@headgate/testing'
import { Gateway, listen } from 'headgate'
import type { BindAddress } from 'headgate'
import { secret } from './certificate.ts'
import { askHost } from './ask-host.ts'
import type { HostReply, Question } from './ask-host.ts'

const folder = join(import.meta.dirname, 'blocks')

/** What the blocks take for granted and do not show. */
const added = new Set(['objects', 'routes-for-policies', 'redirect', 'grpc-route'])

/** The names of all blocks of the specification. */
export const blockNames: readonly string[] = readdirSync(folder)
  .map((file) => file.replace(/\.yaml$/, ''))
  .filter((name) => !added.has(name))

/** Text to find and what it becomes: minutes become something that a test can wait for. */
export type Patch = readonly [from: string, to: string]

export function readBlocks(names: readonly string[], patches: readonly Patch[] = []): readonly SourceFile[] {
  const missing = new Set(patches)
  const files = names.map((name) => {
    let text = readFileSync(join(folder, `${name}.yaml`), 'utf8')
    for (const patch of patches) {
      if (text.includes(patch[0])) missing.delete(patch)
      text = text.replaceAll(...patch)
    }
    return { name: `${name}.yaml`, text }
  })
  if (missing.size > 0) throw new Error(`nothing to replace: ${JSON.stringify([...missing])}`)
  return files
}

/** Both Secrets of the specification's Gateway. */
export const secrets: SourceFile = {
  name: 'secrets.yaml',
  text: [secret('inference-tls-cert'), secret('inference-grpc-tls-cert')].join('---\n'),
}

/** The gateway's class, the Gateway, its Secrets and the namespaces: what every block stands on. */
export const base: readonly string[] = ['gateway-class', 'gateway', 'objects']

export interface BlockOptions extends Omit<LoadOptions, 'resolve'> {
  readonly patches?: readonly Patch[]
  /** Text of further manifests. */
  readonly more?: string
}

export interface Blocks {
  readonly config: GatewayConfig
  readonly diagnostics: readonly Diagnostic[]
  /** By the name of the Service alone. */
  readonly upstreams: Readonly<Record<string, Upstream>>
  /** Where the listener with this name is reached. */
  address(listener: string): BindAddress
  ask(question: Question & { readonly listener?: string }): Promise<HostReply & { readonly from: string | undefined }>
  [Symbol.asyncDispose](): Promise<void>
}

/** `services` are `NAME.NAMESPACE:PORT`, each with a script, or `undefined` for one that says its name in the body. */
export async function startBlocks(
  names: readonly string[],
  services: Readonly<Record<string, Script | readonly Script[] | undefined>>,
  { patches, more, ...options }: BlockOptions = {},
): Promise<Blocks> {
  const upstreams: Record<string, Upstream> = {}
  const resolve = new Map<string, readonly string[]>()
  for (const [service, script] of Object.entries(services)) {
    const [name = ''] = service.split('.')
    const upstream = await startUpstream(script ?? json({ from: name }))
    upstreams[name] = upstream
    resolve.set(service, [upstream.url])
  }
  const files = [
    ...readBlocks(names, patches),
    secrets,
    ...(more === undefined ? [] : [{ name: 'more.yaml', text: more }]),
  ]
  const loaded = loadManifests(files, { ...options, resolve })
  if (loaded.config === undefined) throw new Error(`not loaded: ${JSON.stringify(loaded.diagnostics, undefined, 2)}`)
  const { config, diagnostics } = loaded
  const gate = new Gateway(config, { secrets: loaded.secrets })
  const listening = await listen(gate, {
    bind: new Map(config.listeners.map(({ name }) => [name, { host: '127.0.0.1', port: 0 }])),
  })
  const address = (listener: string): BindAddress => {
    const found = listening.addresses.get(`ai-gateway/ai-inference-gateway/${listener}`)
    if (found === undefined) throw new Error(`no listener ${listener}`)
    return found
  }
  return {
    config,
    diagnostics,
    upstreams,
    address,
    async ask({ listener = 'http', ...question }) {
      const reply = await askHost(address(listener).port, { secure: listener !== 'http', ...question })
      return { ...reply, from: /"from":"([^"]+)"/.exec(reply.body)?.[1] }
    },
    async [Symbol.asyncDispose]() {
      await listening.close({ drainMs: 0 })
      await Promise.all(Object.values(upstreams).map((upstream) => upstream.close()))
    },
  }
}
