/** What a mount hands to the shared suites, and what it says of itself. Knows no framework. */

import type { GatewayConfigInput } from '@headgate/config'

/** `framework`: the reply goes through the framework's own path and its hooks. `raw`: through node's response. */
export type MountMode = 'framework' | 'raw'

/** How one test wants the gateway mounted. */
export interface MountOptions {
  readonly config: GatewayConfigInput
  /** Mount it under this prefix of the application. Default: at the root. */
  readonly prefix?: string
  /** The mount's own option of that name. Default: nothing is removed. */
  readonly stripPrefix?: string
  /** The mount's own option of that name. Default: the mount's default. */
  readonly raw?: boolean
  /** A JSON parser of the framework stands in front and has read the body. Default: none. */
  readonly bodyParser?: boolean
}

/** A server that listens. */
export interface Mounted {
  /** `http://127.0.0.1:PORT`, without any prefix. */
  readonly url: string
  /** Hooks of the framework that saw a reply, as `NAME STATUS` such as `onSend 200`, noted before the head leaves. */
  readonly hooks: readonly string[]
  close(): Promise<void>
}

/**
 * Starts a server with the gateway in it. Where the framework can go on to another handler (`traits.next`), one must stand behind
 * the gateway that answers everything with status 200 and `applicationBody`.
 */
export type Mount = (options: MountOptions) => Promise<Mounted>

/** What a mount is able to do. */
export interface MountTraits {
  readonly name: string
  /** The suite runs once for each; `raw: true` is asked for in the second. */
  readonly modes: readonly MountMode[]
  /** Requests that no route matches go to the application's next handler; otherwise they get 404. */
  readonly next: boolean
  /** Behind a JSON parser the bytes are still those of the caller; otherwise the parsed value is sent on as JSON. */
  readonly supportsRawBody: boolean
  /** Trailers of the backend's reply reach the caller. Otherwise they are dropped. */
  readonly trailers: boolean
  /** What it cannot do: the name of a test (or `raw: name` for one mode) and the reason. A name that is no test is an error. */
  readonly exceptions: Readonly<Record<string, string>>
}

/** What the application behind the gateway answers. */
export const applicationBody = 'answered by the application'
