// Replies for tests: whole ones out of their parts, and bytes that are nearly a reply.

import fc from 'fast-check'

/** What a reply says, and how it is written. */
export interface ReplyParts {
  readonly interim: readonly string[]
  readonly status: number
  readonly reason: string
  /** Without fields of this hop and without framing. */
  readonly fields: readonly (readonly [string, string])[]
  readonly framing: 'length' | 'chunked' | 'until-close'
  /** Of the chunks, where it is chunked. */
  readonly pieces: readonly string[]
  readonly trailers: readonly (readonly [string, string])[]
  /** Behind the size of each chunk. */
  readonly extension: string
  /** Around each value. */
  readonly blank: string
}

const tokens = "!#$%&'*+-.^_`|~019azAZ".split('')
const name = fc.string({ unit: fc.constantFrom(...tokens), minLength: 1, maxLength: 20 }).map((text) => `x-${text}`)
const value = fc
  .string({ unit: fc.constantFrom('a', 'Z', '0', ' ', '\t', ',', ':', '"', '\u0080', '\u00ff'), maxLength: 12 })
  .map((text) => text.replace(/^[ \t]+|[ \t]+$/g, ''))
const field = fc.tuple(name, value)
const piece = fc.string({ unit: fc.constantFrom('a', '\r', '\n', '0', '\0', '\u00ff'), minLength: 1, maxLength: 40 })

export const replyParts: fc.Arbitrary<ReplyParts> = fc.record({
  interim: fc.array(fc.constantFrom('100 Continue\r\n', '103 Early Hints\r\nlink: x\r\n'), { maxLength: 2 }),
  status: fc.constantFrom(200, 201, 206, 299, 302, 400, 404, 429, 500, 503, 599),
  reason: fc.constantFrom('', 'OK', 'Not  Found', 'a\tb'),
  fields: fc.array(field, { maxLength: 6 }),
  framing: fc.constantFrom('length', 'chunked', 'until-close'),
  pieces: fc.array(piece, { maxLength: 5 }),
  trailers: fc.array(field, { maxLength: 3 }),
  extension: fc.constantFrom('', ';a', ';a=b', ';a="b c"'),
  blank: fc.constantFrom('', ' ', '\t ', '  '),
})

export function replyText(parts: ReplyParts): string {
  const { status, reason, blank, framing, pieces } = parts
  const body = pieces.join('')
  const lines = (fields: ReplyParts['fields']): string =>
    fields.map(([one, text]) => `${one}:${blank}${text}${blank}\r\n`).join('')
  const frame = { length: `content-length:${blank}${body.length}\r\n`, chunked: 'Transfer-Encoding: Chunked\r\n' }
  const head = `HTTP/1.1 ${status} ${reason}\r\n${lines(parts.fields)}${framing === 'until-close' ? '' : frame[framing]}\r\n`
  const chunks = pieces.map((data) => `${data.length.toString(16)}${parts.extension}\r\n${data}\r\n`).join('')
  const interim = parts.interim.map((text) => `HTTP/1.1 ${text}\r\n`).join('')
  return interim + head + (framing === 'chunked' ? `${chunks}0\r\n${lines(parts.trailers)}\r\n` : body)
}

/** Pieces of which replies consist, and some that break them. */
const odd = fc.constantFrom(
  '\r\n',
  '\n',
  '\r',
  '\0',
  ' ',
  '\t',
  ':',
  '0',
  '5',
  'f',
  ';',
  ',',
  '\u00ff',
  '\u007f',
  '\r\n\r\n',
  '0\r\n\r\n',
  'HTTP/1.1 200 OK\r\n',
  'HTTP/1.0 200 OK\r\n',
  'HTTP/1.1 204 No Content\r\n',
  'HTTP/1.1 304 \r\n',
  'Content-Length: 5\r\n',
  'content-length: 0\r\n',
  'content-length: 05\r\n',
  'Content-Length:+5\r\n',
  'transfer-encoding: chunked\r\n',
  'Transfer-Encoding: gzip, chunked\r\n',
  'Transfer-Encoding : chunked\r\n',
  'connection: close\r\n',
  'connection: keep-alive\r\n',
  'connection: x-a\r\nx-a: 1\r\n',
  'keep-alive: timeout=5\r\n',
  ' folded\r\n',
  'x-b: 1\r\n x\r\n',
  'x\r\n',
  ': x\r\n',
  `x-long: ${' '.repeat(300)}\r\n`,
  `x: ${'y'.repeat(200)}\r\n`,
)

/** A reply with something cut out of it or put into it, several times. */
export const nearlyReply: fc.Arbitrary<string> = fc
  .tuple(replyParts.map(replyText), fc.array(fc.tuple(fc.nat(), fc.nat(3), odd), { maxLength: 3 }))
  .map(([text, changes]) =>
    changes.reduce((whole, [at, cut, put]) => {
      const start = at % (whole.length + 1)
      return whole.slice(0, start) + put + whole.slice(start + cut)
    }, text),
  )

/** Places at which bytes are cut into reads, to be taken modulo their number. */
export const cuts: fc.Arbitrary<number[]> = fc.array(fc.nat(10_000), { maxLength: 8 })

export function piecesOf(bytes: Buffer, places: readonly number[]): Buffer[] {
  const sorted = [...new Set(places.map((place) => place % (bytes.length + 1)))].sort((a, b) => a - b)
  const ends = [...sorted, bytes.length]
  return ends.map((end, index) => bytes.subarray(ends[index - 1] ?? 0, end)).filter(({ length }) => length > 0)
}
