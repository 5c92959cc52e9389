/** Lines for a log, a pipe or CI. */

import type { Claim, StreamLine, View } from './stage.ts'

export class PlainView implements View {
  readonly breathMs = 0
  #act = 0

  act(title: string, what: string): void {
    this.#act++
    console.log(`\n${this.#act}. ${title}\n   ${what}`)
  }

  note(text: string): void {
    console.log(`   - ${text}`)
  }

  claim(claim: Claim): void {
    console.log(`   ${claim.holds ? 'ok  ' : 'FAIL'} ${claim.text}: ${claim.seen}`)
  }

  stream(line: StreamLine): void {
    console.log(`   > ${line.label}`)
  }

  close(): void {
    console.log('')
  }
}
