/** Backends without a gateway around them: from plain config, in a time that tests give. */

import { defineConfig } from '@headgate/config'
import type { BackendConfig, GatewayConfigInput } from '@headgate/config'
import { seededRandom } from '@headgate/testing'
import type { GatewayEvents } from '../events.ts'
import { readIncoming, Refusal } from '../request/incoming.ts'
import type { Incoming } from '../request/incoming.ts'
import { Runtime } from '../runtime.ts'
import { BackendState } from './backend-state.ts'

export type BackendFields = Omit<NonNullable<GatewayConfigInput['backends']>[number], 'name'>

/** Names stand for endpoints: `a` is `http://a:1`. */
export function configOf(names: string, fields: BackendFields = {}): BackendConfig {
  const endpoints = Array.from(names, (name) => `http://${name}:1`)
  const [backend] = defineConfig({ version: 1, backends: [{ name: 'backend', endpoints, ...fields }] }).backends
  if (backend === undefined) throw new Error('no backend')
  return backend
}

const runtimes: Runtime[] = []

export function newRuntime(random: () => number = seededRandom(1)): Runtime {
  const runtime = new Runtime({ keepTotal: 0, random })
  runtimes.push(runtime)
  return runtime
}

/** For `afterEach`: no check is sent by a test that is over. */
export function closeRuntimes(): void {
  for (const { wheel } of runtimes.splice(0)) wheel.close()
}

/** In force at once, as after a reload from `former`. */
export function adopted(
  config: BackendConfig,
  runtime: Runtime = newRuntime(),
  former?: BackendState,
  headers: readonly string[] = [],
): BackendState {
  const state = new BackendState(config, { runtime, secrets: new Map(), headers, former })
  state.adopt()
  return state
}

/** Every event of these names, as `name endpoint …`. */
export function noted(runtime: Runtime, ...names: readonly (keyof GatewayEvents)[]): string[] {
  const seen: string[] = []
  for (const name of names)
    runtime.events.on(name, (report: object = {}) => {
      seen.push(`${name} ${Object.values(report).slice(1).join(' ')}`)
    })
  return seen
}

/** A request with these fields. */
export function requestWith(headers: Readonly<Record<string, string>>, remoteAddress = '10.0.0.1'): Incoming {
  const rawHeaders = ['host', 'h', ...Object.entries(headers).flat()]
  const head = { method: 'GET', target: '/', httpVersion: '1.1', rawHeaders, remoteAddress, protocol: 'http' } as const
  const incoming = readIncoming(head, '', 0)
  if (incoming instanceof Refusal) throw new Error(incoming.answer.message)
  return incoming
}
