import { expect, test } from 'vitest'
import { LineSink } from './line-sink.ts'

/** An output whose writes are finished by hand. */
class SlowOutput {
  readonly writes: string[] = []
  #done: (() => void) | undefined

  write(text: string, done: () => void): void {
    this.writes.push(text)
    this.#done = done
  }

  finish(): void {
    const done = this.#done
    this.#done = undefined
    done?.()
  }
}

test('lines that come during a write go together in the next', () => {
  const output = new SlowOutput()
  const sink = new LineSink(output)
  for (const line of ['a\n', 'b\n', 'c\n']) sink.write(line)
  output.finish()
  expect(output.writes).toEqual(['a\n', 'b\nc\n'])
})

test('no write of several lines is longer than a pipe takes in one piece', () => {
  const output = new SlowOutput()
  const sink = new LineSink(output)
  const line = (letter: string, length: number): string => `${letter.repeat(length)}\n`
  for (const text of [line('a', 1), line('b', 3000), line('ü', 1000), line('c', 5000), line('d', 1)]) sink.write(text)
  for (let turn = 0; turn < 4; turn++) output.finish()
  expect(output.writes.map((text) => [text[0], Buffer.byteLength(text)])).toEqual([
    ['a', 2],
    ['b', 3001],
    ['ü', 2001],
    ['c', 5001],
    ['d', 2],
  ])
})

test('a reader that does not read costs lines, not memory', () => {
  const output = new SlowOutput()
  const sink = new LineSink(output, 10)
  for (const line of ['1234\n', '6789\n', 'x\n']) sink.write(line)
  expect(sink.dropped).toBe(1)
  output.finish()
  sink.write('y\n')
  output.finish()
  expect(output.writes.join('')).toBe('1234\n6789\ny\n')
})

test('settling waits for the last line', async () => {
  const output = new SlowOutput()
  const sink = new LineSink(output)
  sink.write('a\n')
  let settled = false
  const end = sink.settle(60_000).then(() => (settled = true))
  await new Promise((resolve) => setImmediate(resolve))
  expect(settled).toBe(false)
  output.finish()
  await end
})

test('settling ends at its limit when nobody reads', async () => {
  const output = new SlowOutput()
  const sink = new LineSink(output)
  sink.write('a\n')
  await sink.settle(1)
  output.finish()
  expect(output.writes).toEqual(['a\n'])
})
