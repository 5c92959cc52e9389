/** What the page says of each benchmark, in its order. */

export interface Section {
  readonly bench: string
  readonly title: string
  readonly text: string
}

export const sections: readonly Section[] = [
  {
    bench: 'load',
    title: 'Calls',
    text: `A call with 1 KiB of JSON each way, at 32 and at 256 at once and alone, and one with 256 KiB up. Proxies, callers and the
upstream are processes of their own, and proxies take turns. Every body is compared on both sides. What a lone caller waits
longer is the proxy's own; among many, callers wait for the processor.`,
  },
  {
    bench: 'stream',
    title: 'Streams',
    text: `Streams of 64 server-sent events at a steady pace, and of 2,000 events as fast as they can be sent. The upstream sends the
head at once. headgate looks into the events for errors that are told within a stream, and its breaker counts them. A
gateway that may still try elsewhere holds the head until the first event; \`bare\` need not.`,
  },
  {
    bench: 'aborts',
    title: 'Callers that leave',
    text: `A model that nobody listens to costs money until its server hears of it. Callers leave in four phases; what is measured is the
time until the backend sees its connection end, of how many callers it never hears, and how many connections stay open.`,
  },
  {
    bench: 'memory',
    title: 'Memory',
    text: `Each figure is of a fresh process.`,
  },
  {
    bench: 'units',
    title: 'Parts',
    text: `Single parts beside libraries that do the same, in one process. Equal work is not equal service: what each of them does not
do stands in [bench](../bench).`,
  },
  {
    bench: 'types',
    title: 'Types',
    text: `What the compiler does for a config that is written with the builder, beyond one without routes. The time is that of the
whole check, with headgate's own sources.`,
  },
  {
    bench: 'size',
    title: 'Bytes',
    text: `For those who bundle. Most of the bytes of \`headgate\` with its imports are undici's and zod's.`,
  },
]
