import fc from 'fast-check'
import { expect, test } from 'vitest'
import { CarrierError } from '../failure.ts'
import type { ReplyHead } from './reply-head.ts'
import { ReplyParser, type ReplySink } from './reply-parser.ts'
import { cuts, nearlyReply, piecesOf, replyParts, replyText } from './replies.case.ts'

/** What was told of the bytes of one connection that was then ended, and how the last of them was taken. */
interface Told {
  readonly heads: ReplyHead[]
  body: string
  trailers: readonly string[] | undefined
  /** `more`: an end was expected later, `stray`: bytes were left over. */
  verdict: 'whole' | 'stray' | 'malformed' | 'more'
}

interface Reading {
  readonly method?: string
  readonly maxHeaderBytes?: number
}

function read(pieces: readonly Buffer[], { method = 'GET', maxHeaderBytes = 16_384 }: Reading = {}): Told {
  const told: Told = { heads: [], body: '', trailers: undefined, verdict: 'more' }
  const kept: Buffer[] = []
  const sink: ReplySink = {
    replyHead: (head) => told.heads.push(head),
    replyData: (chunk) => kept.push(chunk),
    replyEnded: (trailers) => {
      told.trailers = trailers
    },
  }
  const parser = new ReplyParser(sink, maxHeaderBytes)
  parser.expect(method)
  // All reads go into one buffer, whose bytes are gone with the next one.
  const shared = Buffer.alloc(Math.max(0, ...pieces.map(({ length }) => length)) + 1)
  try {
    for (const piece of pieces) {
      shared.fill('?')
      piece.copy(shared)
      if (!parser.push(shared, piece.length)) {
        told.verdict = 'stray'
        break
      }
    }
    shared.fill('?')
    if (told.verdict === 'more' && (parser.idle || parser.endOfConnection())) told.verdict = 'whole'
  } catch (error) {
    if (!(error instanceof CarrierError) || error.kind !== 'bad-response') throw error
    told.verdict = 'malformed'
  }
  told.body = Buffer.concat(kept).toString('latin1')
  return told
}

const readText = (text: string, reading?: Reading): Told => read([Buffer.from(text, 'latin1')], reading)

test('however the bytes are cut into reads, the same is told of them', () => {
  let whole = 0
  const property = fc.property(nearlyReply, cuts, fc.constantFrom('GET', 'HEAD'), (text, places, method) => {
    const bytes = Buffer.from(text, 'latin1')
    const reading = { method, maxHeaderBytes: 256 }
    const atOnce = read([bytes], reading)
    if (atOnce.verdict === 'whole') whole++
    expect(read(piecesOf(bytes, places), reading)).toEqual(atOnce)
    expect(read(piecesOf(bytes, [...bytes.keys()]), reading)).toEqual(atOnce)
  })
  fc.assert(property, { seed: 11, numRuns: 3_000 })
  expect(whole).toBeGreaterThan(300)
})

test.for([200, 8_000])('a head of white space is as large in one read as in many, with room for %i bytes', (max) => {
  const bound = 3 * max + 4_096
  const head = (length: number): Buffer => {
    const [start, end] = ['HTTP/1.1 200 OK\r\nx:', '\r\nContent-Length: 0\r\n\r\n']
    return Buffer.from(`${start}${' '.repeat(length - start.length - end.length)}${end}`)
  }
  for (const [bytes, verdict] of [
    [head(bound), 'whole'],
    [head(bound + 1), 'malformed'],
  ] as const) {
    expect(read([bytes], { maxHeaderBytes: max }).verdict).toBe(verdict)
    expect(read(piecesOf(bytes, [bytes.length - 1]), { maxHeaderBytes: max }).verdict).toBe(verdict)
    expect(read(piecesOf(bytes, [...bytes.keys()]), { maxHeaderBytes: max }).verdict).toBe(verdict)
  }
})

test('what was written is what is read', () => {
  const property = fc.property(replyParts, cuts, (parts, places) => {
    const told = read(piecesOf(Buffer.from(replyText(parts), 'latin1'), places))
    const head = told.heads.pop()
    const body = parts.pieces.join('')
    const length = parts.framing === 'length' ? ['content-length', `${body.length}`] : []
    expect(head).toMatchObject({ status: parts.status, reason: parts.reason, framing: parts.framing })
    expect(head?.fields).toEqual([...parts.fields.flat(), ...length])
    expect(head?.persistent).toBe(parts.framing !== 'until-close')
    expect(told).toMatchObject({ body, verdict: 'whole' })
    expect(told.trailers).toEqual(parts.framing === 'chunked' ? parts.trailers.flat() : [])
    expect(told.heads.map(({ status }) => status)).toEqual(parts.interim.map((text) => Number(text.slice(0, 3))))
  })
  fc.assert(property, { seed: 12, numRuns: 1_000 })
})

const head = 'HTTP/1.1 200 OK\r\n'
const chunked = `${head}Transfer-Encoding: chunked\r\n\r\n`

test.for([
  ['a status line without a space', 'HTTP/1.1 200OK\r\n\r\n'],
  ['two spaces before the status', 'HTTP/1.1  200 OK\r\n\r\n'],
  ['a line break before the status line', `\r\n${head}\r\n`],
  ['HTTP/2.0', 'HTTP/2.0 200 OK\r\n\r\n'],
  ['HTTP in lower case', 'http/1.1 200 OK\r\n\r\n'],
  ['a bare LF behind the status line', 'HTTP/1.1 200 OK\n\r\n'],
  ['a bare CR in the reason', 'HTTP/1.1 200 O\rK\r\n\r\n'],
  ['a NUL in the reason', 'HTTP/1.1 200 O\0K\r\n\r\n'],
  ['a folded line', `${head}x-a: 1\r\n folded\r\n\r\n`],
  ['a folded line at the start', `${head} x-a: 1\r\n\r\n`],
  ['a line without a colon', `${head}x-a\r\n\r\n`],
  ['an empty name', `${head}: 1\r\n\r\n`],
  ['a space in a name', `${head}x a: 1\r\n\r\n`],
  ['a tab before the colon', `${head}x-a\t: 1\r\n\r\n`],
  ['a byte above 0x7f in a name', `${head}x\u00e9: 1\r\n\r\n`],
  ['a bare LF in a value', `${head}x-a: 1\n2\r\n\r\n`],
  ['a bare CR in a value', `${head}x-a: 1\r2\r\n\r\n`],
  ['a DEL in a value', `${head}x-a: \u007f\r\n\r\n`],
  ['a bare CR behind the fields', `${head}x-a: 1\r\n\rx`],
  ['the same length twice', `${head}Content-Length: 2\r\nContent-Length: 2\r\n\r\nok`],
  ['an empty length', `${head}Content-Length:\r\n\r\n`],
  ['a length in quotes', `${head}Content-Length: "2"\r\n\r\nok`],
  ['a length of 16 digits', `${head}Content-Length: 0000000000000002\r\n\r\nok`],
  ['a length in other digits', `${head}Content-Length: \u00b2\r\n\r\nok`],
  ['an empty transfer coding', `${head}Transfer-Encoding:\r\n\r\n`],
  ['chunked with a parameter', `${head}Transfer-Encoding: chunked;a=b\r\n\r\n0\r\n\r\n`],
  ['chunked and something empty', `${head}Transfer-Encoding: chunked,\r\n\r\n0\r\n\r\n`],
  ['chunked with a byte that looks like space', `${head}Transfer-Encoding: chunked\u00a0\r\n\r\n0\r\n\r\n`],
  ['chunked in HTTP/1.0', 'HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'],
  ['an interim reply with a length in doubt', 'HTTP/1.1 103 x\r\nContent-Length: x\r\n\r\n'],
  ['an interim reply with a body', `HTTP/1.1 103 x\r\nContent-Length: 2\r\n\r\nok${head}\r\n`],
  ['a chunk without a size', `${chunked}\r\nok\r\n0\r\n\r\n`],
  ['a size of 13 digits', `${chunked}0000000000002\r\nok\r\n0\r\n\r\n`],
  ['a size in hex notation', `${chunked}0x2\r\nok\r\n0\r\n\r\n`],
  ['a space behind a size', `${chunked}2 \r\nok\r\n0\r\n\r\n`],
  ['a space before a size', `${chunked} 2\r\nok\r\n0\r\n\r\n`],
  ['a bare LF behind a size', `${chunked}2\nok\r\n0\r\n\r\n`],
  ['a bare CR behind a size', `${chunked}2\rok\r\n0\r\n\r\n`],
  ['two CRs behind a size', `${chunked}2\r\rok\r\n0\r\n\r\n`],
  ['two CRs behind a chunk', `${chunked}2\r\nok\r\r0\r\n\r\n`],
  ['a bare LF in an extension', `${chunked}2;a\nb\r\nok\r\n0\r\n\r\n`],
  ['an extension without a name', `${chunked}2;\r\nok\r\n0\r\n\r\n`],
  ['an extension without a value', `${chunked}2;a=\r\nok\r\n0\r\n\r\n`],
  ['an extension with a blank', `${chunked}2; a=b\r\nok\r\n0\r\n\r\n`],
  ['an extension with a quote that does not end', `${chunked}2;a="b\\"\r\nok\r\n0\r\n\r\n`],
  ['an extension with something behind a quote', `${chunked}2;a="b"c\r\nok\r\n0\r\n\r\n`],
  ['a NUL in quotes in an extension', `${chunked}2;a="\0"\r\nok\r\n0\r\n\r\n`],
  ['a line break behind a backslash in an extension', `${chunked}2;a="\\\r\n"\r\nok\r\n0\r\n\r\n`],
  ['a NUL in an extension', `${chunked}2;\0\r\nok\r\n0\r\n\r\n`],
  ['a bare LF behind a chunk', `${chunked}2\r\nok\n0\r\n\r\n`],
  ['a chunk that is longer than its size', `${chunked}2\r\nokay\r\n0\r\n\r\n`],
  ['an extension that does not end', `${chunked}1;${'a'.repeat(20_000)}\r\nx\r\n0\r\n\r\n`],
  ['a trailer that is no field', `${chunked}0\r\nx\r\n\r\n`],
  ['trailers above the limit', `${chunked}0\r\n${`x-a: ${'a'.repeat(1_000)}\r\n`.repeat(20)}\r\n`],
  ['a head above the limit', `${head}${`x-a: ${'a'.repeat(1_000)}\r\n`.repeat(20)}\r\n`],
  ['a reason that does not end', `HTTP/1.1 200 ${'a'.repeat(60_000)}`],
  ['a name that does not end', `${head}${'a'.repeat(60_000)}`],
] as const)('%s is malformed', ([, text]) => {
  expect(readText(text).verdict).toBe('malformed')
})

test.for([
  ['no reason and no space', 'HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n', { reason: '' }],
  ['an empty reason', 'HTTP/1.1 200 \r\nContent-Length: 0\r\n\r\n', { reason: '' }],
  ['an empty value', `${head}x-a:\r\nContent-Length: 0\r\n\r\n`, { fields: ['x-a', '', 'Content-Length', '0'] }],
  ['a value of blanks', `${head}x-a: \t \r\nContent-Length: 0\r\n\r\n`, { fields: ['x-a', '', 'Content-Length', '0'] }],
  ['a length with zeros before it', `${head}Content-Length: 000\r\n\r\n`, { framing: 'length', length: 0 }],
  ['chunked in capitals', `${head}TRANSFER-ENCODING: CHUNKED\r\n\r\n0\r\n\r\n`, { framing: 'chunked' }],
  [
    'a name of a prototype',
    `${head}__proto__: a\r\nContent-Length: 0\r\n\r\n`,
    { fields: ['__proto__', 'a', 'Content-Length', '0'] },
  ],
  [
    'a length that Connection names',
    `${head}Connection: content-length, x-a\r\nx-a: 1\r\nContent-Length: 0\r\n\r\n`,
    { fields: ['Content-Length', '0'], length: 0 },
  ],
  [
    'a 204 with a length',
    'HTTP/1.1 204 No\r\nx-a: 1\r\nContent-Length: 0\r\n\r\n',
    { fields: ['x-a', '1'], persistent: true },
  ],
  [
    'a 204 that announces a body',
    'HTTP/1.1 204 No\r\nContent-Length: 2\r\n\r\n',
    { framing: 'none', persistent: false },
  ],
  [
    'a 304 with the length of what it stands for',
    'HTTP/1.1 304 \r\nContent-Length: 9\r\n\r\n',
    { fields: ['Content-Length', '9'], persistent: false },
  ],
  [
    'close beside keep-alive',
    `${head}Connection: keep-alive, close\r\nContent-Length: 0\r\n\r\n`,
    { persistent: false },
  ],
  [
    'keep-alive after close',
    `${head}Connection: close\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n`,
    { persistent: false },
  ],
  ['HTTP/1.0', 'HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n', { persistent: false }],
  [
    'HTTP/1.0 with keep-alive in a list',
    'HTTP/1.0 200 OK\r\nConnection: x, Keep-Alive\r\nContent-Length: 0\r\n\r\n',
    { persistent: true },
  ],
  ['a hint', `${head}Keep-Alive: max=9, timeout="7"\r\nContent-Length: 0\r\n\r\n`, { idleMs: 6_000 }],
  ['a hint of a day', `${head}Keep-Alive: timeout=86400\r\nContent-Length: 0\r\n\r\n`, { idleMs: 59_000 }],
  ['a hint of nothing', `${head}Keep-Alive: timeout=0\r\nContent-Length: 0\r\n\r\n`, { idleMs: -1_000 }],
  ['a hint that is no number', `${head}Keep-Alive: timeout=x\r\nContent-Length: 0\r\n\r\n`, { idleMs: 4_000 }],
] as const)('%s is taken', ([, text, expected]) => {
  const told = readText(text)
  expect(told.verdict).toBe('whole')
  expect(told.heads).toMatchObject([expected])
})

test.for([
  ['a HEAD with a length', 'HEAD', `${head}Content-Length: 2\r\n\r\n`, 'ok'],
  ['a HEAD that is chunked', 'HEAD', chunked, '2\r\nok\r\n0\r\n\r\n'],
  ['a 204', 'GET', 'HTTP/1.1 204 No\r\n\r\n', 'ok'],
  ['a chunked 304', 'GET', 'HTTP/1.1 304 No\r\nTransfer-Encoding: chunked\r\n\r\n', '0\r\n\r\n'],
  ['a length of 0', 'GET', `${head}Content-Length: 0\r\n\r\n`, 'ok'],
  ['the announced length', 'GET', `${head}Content-Length: 2\r\n\r\nok`, 'ok'],
  ['the last chunk', 'GET', `${chunked}2\r\nok\r\n0\r\n\r\n`, head],
] as const)('what comes after %s is left over', ([, method, text, more]) => {
  const whole = readText(text, { method })
  expect(whole.verdict).toBe('whole')
  expect(readText(text + more, { method })).toEqual({ ...whole, verdict: 'stray' })
})

test('the data of all chunks in one read is told at once, also in front of one that is malformed', () => {
  const told: string[] = []
  const sink: ReplySink = { replyHead() {}, replyData: (chunk) => void told.push(String(chunk)), replyEnded() {} }
  const parser = new ReplyParser(sink, 1_000)
  parser.expect('GET')
  const bytes = Buffer.from(`${chunked}1\r\na\r\n2\r\nbc\r\nx`)
  expect(() => parser.push(bytes, bytes.length)).toThrow(CarrierError)
  expect(told).toEqual(['abc'])
})

test('after a stop in the middle of a callback nothing more is told', () => {
  const texts = [`${head}Content-Length: 4\r\n\r\nbody`, `${chunked}4\r\nbody\r\n0\r\n\r\n`, `${head}\r\nbody`]
  for (const text of texts)
    for (const at of ['head', 'data']) {
      const told: string[] = []
      const sink: ReplySink = {
        replyHead: () => {
          told.push('head')
          if (at === 'head') parser.stop()
        },
        replyData: () => {
          told.push('data')
          parser.stop()
        },
        replyEnded: () => void told.push('ended'),
      }
      const parser = new ReplyParser(sink, 1_000)
      parser.expect('GET')
      const bytes = Buffer.from(text)
      parser.push(bytes, bytes.length)
      expect([parser.idle, parser.endOfConnection()]).toEqual([true, false])
      expect(told).toEqual(at === 'head' ? ['head'] : ['head', 'data'])
    }
})

test('a stream may have an extension on each of its chunks', () => {
  const { verdict, body } = readText(`${chunked}${`1;${'a'.repeat(1_000)}\r\nx\r\n`.repeat(20)}0\r\n\r\n`)
  expect([verdict, body]).toEqual(['whole', 'x'.repeat(20)])
})
