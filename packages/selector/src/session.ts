/**
 * The value that brings a caller back to the same target: opaque, authenticated, and remembered by the caller alone. It knows
 * no cookies, no keys and no clock.
 */

/**
 * A keyed digest of a text as text, such as HMAC-SHA-256 in base64url: at least 24 characters, always of one alphabet that
 * the carrier of the value can hold. Its key is what makes a value impossible to forge.
 */
export type KeyedDigest = (text: string) => string

export interface SessionOptions {
  /** Values of one scope mean nothing in another, even for the same targets under the same key. */
  readonly scope: string
  /** What each target is called on every replica and after every restart. */
  readonly targets: readonly string[]
  readonly digest: KeyedDigest
  /** A session ends this long after its start, in ms. Left out: never. */
  readonly absoluteTimeoutMs?: number
  /** A session ends this long after its last use, in ms; at most a sixteenth of it later. Left out: never. */
  readonly idleTimeoutMs?: number
  /** Recognise sessions whose target is not among `targets` any more; each such value then costs one digest. Default false. */
  readonly recogniseGone?: boolean
}

/** What a genuine value says. */
export interface SessionReading {
  /** Index in `targets`; -1 where the target is not there any more. */
  readonly target: number
  readonly startedAt: number
  /** The use must be written down: issue the value again with the same start, or the session ends as idle. */
  readonly renew: boolean
}

/** Characters of each part. A time is base 36 and stays within nine until the year 5188. */
const idLength = 16
const timeLength = 9
const proofLength = 24

/**
 * A value is `id start [last use] proof`. The id is a keyed digest of scope and target that is worked out once, so it tells
 * a target apart from its neighbours and nothing else; the times are plain; the proof is a keyed digest over all that
 * stands before it. So reading costs one digest however many targets there are, issuing one as well.
 *
 * That the id is looked up before the proof is checked gives nothing away: every caller can see it in a value of its own.
 * What must not be guessed is the proof, 144 bits of it, and it is compared in constant time. Who has no genuine value
 * gets no target, and who has one can reach only what it was given for, in the same scope, until it ends.
 *
 * `targets` is copied.
 */
export class SessionValues {
  /** Of every value. */
  readonly length: number
  readonly #scope: string
  readonly #digest: KeyedDigest
  readonly #absoluteMs: number
  readonly #idleMs: number
  readonly #recogniseGone: boolean
  readonly #ids: readonly string[]
  readonly #targets: ReadonlyMap<string, number>

  constructor(options: SessionOptions) {
    const { scope, targets, digest, absoluteTimeoutMs, idleTimeoutMs, recogniseGone } = options
    this.#scope = scope
    this.#digest = digest
    this.#absoluteMs = absoluteTimeoutMs ?? Number.POSITIVE_INFINITY
    this.#idleMs = idleTimeoutMs ?? Number.POSITIVE_INFINITY
    this.#recogniseGone = recogniseGone ?? false
    this.#ids = targets.map((target) => this.#cut(framed('target', scope, target), idLength))
    this.#targets = new Map(this.#ids.map((id, index) => [id, index]))
    this.length = idLength + timeLength * (this.#isIdle ? 2 : 1) + proofLength
  }

  /** `startedAt` is `now` for a new session. Both in ms since the epoch, the same on every replica. */
  issue(target: number, startedAt: number, now: number): string {
    const id = this.#ids[target] ?? ''
    const said = `${id}${timeText(startedAt)}${this.#isIdle ? timeText(now) : ''}`
    return said + this.#proof(said)
  }

  /** Undefined for what is not genuine, of another scope, or over. */
  read(value: string, now: number): SessionReading | undefined {
    if (value.length !== this.length) return undefined
    const target = this.#targets.get(value.slice(0, idLength)) ?? -1
    if (target === -1 && !this.#recogniseGone) return undefined
    const said = value.slice(0, -proofLength)
    if (!equalInConstantTime(this.#proof(said), value.slice(-proofLength))) return undefined
    const startedAt = Number.parseInt(said.slice(idLength, idLength + timeLength), 36)
    if (now - startedAt >= this.#absoluteMs) return undefined
    if (!this.#isIdle) return { target, startedAt, renew: false }
    // A use is written down once a sixteenth has passed, not with every reply; a session never ends before its time for that.
    const idleFor = now - Number.parseInt(said.slice(idLength + timeLength), 36)
    const grain = this.#idleMs / 16
    return idleFor >= this.#idleMs + grain ? undefined : { target, startedAt, renew: idleFor >= grain }
  }

  get #isIdle(): boolean {
    return this.#idleMs !== Number.POSITIVE_INFINITY
  }

  #proof(said: string): string {
    return this.#cut(framed('value', this.#scope, said), proofLength)
  }

  #cut(text: string, length: number): string {
    const digest = this.#digest(text)
    if (digest.length < length) throw new RangeError(`the digest has ${digest.length} characters; expected ${length}`)
    return digest.slice(0, length)
  }
}

/** No two different lists of parts give one text. */
function framed(purpose: string, scope: string, text: string): string {
  return `${purpose} ${scope.length} ${scope} ${text}`
}

function timeText(time: number): string {
  return Math.floor(time).toString(36).padStart(timeLength, '0')
}

/** Both have the same length. How long it takes says nothing about where they differ. */
function equalInConstantTime(one: string, other: string): boolean {
  let difference = 0
  for (let at = 0; at < one.length; at++) difference |= one.charCodeAt(at) ^ other.charCodeAt(at)
  return difference === 0
}
