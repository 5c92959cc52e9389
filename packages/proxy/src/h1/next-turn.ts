// What is to happen once the event loop has looked at all sockets that are ready: one look ahead for all, not one each.

export interface NextTurn {
  /** Must not throw. */
  turned(): void
}

let waiting: NextTurn[] = []

export function onNextTurn(who: NextTurn): void {
  if (waiting.push(who) === 1) setImmediate(turn)
}

function turn(): void {
  const due = waiting
  waiting = []
  for (const who of due) who.turned()
}
