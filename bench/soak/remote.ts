/** A gateway in a process of its own, so that its memory and its crashes are its own. */
import { fork } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import type { Opened, State } from './gateway.ts'

/** Rejects when the program ends before it answers. */
async function answer(child: ChildProcess): Promise<unknown> {
  const settled = new AbortController()
  const { signal } = settled
  const ended = once(child, 'exit', { signal }).then(([code, by]) => {
    throw new Error(`the gateway ended with ${String(code ?? by)}`)
  })
  try {
    const [message]: unknown[] = await Promise.race([once(child, 'message', { signal }), ended])
    return message
  } finally {
    settled.abort()
    ended.catch(() => {})
  }
}

export async function openRemote(main: string, spare: string): Promise<Opened> {
  const child = fork(new URL('program.ts', import.meta.url), [main, spare], {
    execArgv: ['--conditions=@headgate/source'],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  const url = String(await answer(child))
  // One question at a time: whoever asks next waits for the answer before.
  let turn: Promise<unknown> = Promise.resolve()
  const ask = (question: string): Promise<State> => {
    const asked = turn.then(() => {
      child.send(question)
      return answer(child)
    })
    turn = asked.catch(() => {})
    return asked as Promise<State>
  }
  return {
    url,
    state: () => ask('state'),
    reload: async () => void (await ask('reload')),
    async close() {
      const gone = once(child, 'exit')
      child.disconnect()
      await gone
    },
  }
}
