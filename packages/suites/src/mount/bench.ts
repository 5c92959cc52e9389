/** What the cases of the mount suite stand on: upstreams, mounts and clients that are closed after each test. */

import type { BackendInput, GatewayConfigInput, RuleInput } from '@headgate/config'
import {
  connectRaw,
  type RawClient,
  type RawRequest,
  type ReceivedReply,
  type Script,
  startUpstream,
  type Upstream,
} from '@headgate/testing'
import type { Mount, Mounted, MountMode, MountOptions, MountTraits } from './contract.ts'

/** One test of the suite. */
export interface MountCase {
  readonly name: string
  /** Whether the test is about a mount like this. Default: it is. */
  readonly concerns?: (traits: MountTraits, mode: MountMode) => boolean
  readonly run: (bench: MountBench) => Promise<void>
}

export class MountBench {
  readonly traits: MountTraits
  readonly #mode: MountMode
  readonly #mount: Mount
  readonly #closers: (() => void | Promise<void>)[] = []

  constructor(traits: MountTraits, mode: MountMode, mount: Mount) {
    this.traits = traits
    this.#mode = mode
    this.#mount = mount
  }

  async upstream(script?: Script | readonly Script[]): Promise<Upstream> {
    const upstream = await startUpstream(script)
    this.#closers.push(() => upstream.close())
    return upstream
  }

  async mount(config: GatewayConfigInput, options: Omit<MountOptions, 'config' | 'raw'> = {}): Promise<Mounted> {
    const raw = this.#mode === 'raw' ? { raw: true } : {}
    const mounted = await this.#mount({ ...options, ...raw, config })
    this.#closers.push(() => mounted.close())
    return mounted
  }

  /** A mount in front of this one upstream. */
  mountOne(upstream: Upstream, rule?: RuleInput): Promise<Mounted> {
    return this.mount(oneBackend(upstream.url, rule))
  }

  async connect(mounted: Mounted): Promise<RawClient> {
    const client = await connectRaw(mounted.url)
    this.#closers.push(() => client.abort())
    return client
  }

  /** One request on a connection of its own, and its reply as far as the head. */
  async send(mounted: Mounted, request: RawRequest = {}): Promise<ReceivedReply> {
    const client = await this.connect(mounted)
    await client.send(request)
    return client.reply(request.method)
  }

  /** One request on a connection of its own, and its reply to the end. */
  async exchange(mounted: Mounted, request: RawRequest = {}): Promise<ReceivedReply> {
    const received = await this.send(mounted, request)
    await received.settled()
    return received
  }

  /** Closes all that was opened, the latest first. */
  async close(): Promise<void> {
    for (const close of this.#closers.splice(0).toReversed()) await close()
  }
}

/** A gateway with one backend for all requests. */
export function oneBackend(url: string, rule: RuleInput = {}): GatewayConfigInput {
  return gatewayOf([{ name: 'model', endpoints: [url] }], [{ backends: [{ backend: 'model' }], ...rule }])
}

/** A gateway with one route. */
export function gatewayOf(backends: readonly BackendInput[], rules: readonly RuleInput[]): GatewayConfigInput {
  return { version: 1, name: 'mounted', backends, routes: [{ name: 'route', rules }] }
}

/** A POST of JSON text as it stands. */
export function post(target: string, body: string, headers: RawRequest['headers'] = []): RawRequest {
  return { method: 'POST', target, headers: [['content-type', 'application/json'], ...headers], body }
}

/** A chat completion request as SDKs send it. */
export function chat(extra: Readonly<Record<string, unknown>> = {}): RawRequest {
  const body = { model: 'any', messages: [{ role: 'user', content: 'hello' }], ...extra }
  return post('/v1/chat/completions', JSON.stringify(body))
}
