/** The parts that the benchmarks use of packages that come without types. */

declare module 'weighted-round-robin' {
  export default class Peers {
    add(peer: { id: string; weight: number }): string
    get(): { id: string; weight: number } | null
  }
}

declare module 'consistent-hash' {
  export default class ConsistentHash {
    constructor(options?: { range?: number; controlPoints?: number })
    add(node: string, points?: number): this
    get(key: string): string | null
  }
}

declare module 'fast-ratelimit' {
  export class FastRateLimit {
    constructor(options: { threshold: number; ttl: number })
    consumeSync(namespace: string): boolean
  }
}

declare module 'opossum' {
  export default class CircuitBreaker<Answer> {
    constructor(
      action: () => Promise<Answer>,
      options?: {
        timeout?: number | false
        errorThresholdPercentage?: number
        resetTimeout?: number
        rollingCountTimeout?: number
        volumeThreshold?: number
      },
    )
    fire(): Promise<Answer>
    open(): void
    shutdown(): void
    readonly opened: boolean
  }
}

declare module '@portkey-ai/gateway/build/start-server.js' {}
