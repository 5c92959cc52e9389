import { describe, expect, test } from 'vitest'
import { FixedBody } from './due.ts'
import { ReplyReader } from './reply-reader.ts'

const sized = 'HTTP/1.1 200 OK\r\nDate: now\r\nContent-Length: 11\r\n\r\nhello world'
const chunked = 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n6\r\nhello \r\n5\r\nworld\r\n0\r\n\r\n'

function reader(): ReplyReader {
  const made = new ReplyReader()
  made.due = new FixedBody(Buffer.from('hello world'))
  return made
}

describe.for([
  ['with a length', sized],
  ['in chunks', chunked],
])('a reply %s', ([, text = '']) => {
  test('is whole at its last byte, wherever it is cut, and the next one is read as well', () => {
    for (let cut = 1; cut < text.length; cut++) {
      const read = reader()
      for (let reply = 0; reply < 2; reply++) {
        expect(read.push(Buffer.from(text.slice(0, cut)))).toBe(false)
        expect(read.push(Buffer.from(text.slice(cut)))).toBe(true)
      }
    }
  })

  test('is whole when it comes byte by byte', () => {
    const read = reader()
    const whole = [...Buffer.from(text)].map((byte) => read.push(Buffer.from([byte])))
    expect(whole.indexOf(true)).toBe(text.length - 1)
  })
})

test.for([
  ['another status', sized.replace('200', '503'), /not the reply/],
  ['another body', sized.replace('world', 'there'), /differs/],
  ['a shorter body', sized.replace('11', '5').replace(' world', ''), /body of 5 bytes/],
  ['a longer body', `${sized.replace('11', '12')}!`, /differs/],
  ['more behind it', `${sized}!`, /1 bytes follow/],
  ['a chunk longer than its size', chunked.replace('6\r\n', '5\r\n'), /longer than its size/],
  ['a chunk without a size', chunked.replace('6\r\n', 'x\r\n'), /without a size/],
  ['no framing', 'HTTP/1.1 200 OK\r\n\r\n', /without framing/],
] as const)('refuses %s', ([, text, problem]) => {
  expect(() => reader().push(Buffer.from(text))).toThrow(problem)
})
