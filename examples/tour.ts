/** The requests that every example makes of its own server, and what came back. Knows no framework and no gateway. */

import type { Model } from './models.ts'

export interface Stage {
  /** Where the application listens. */
  readonly url: string
  readonly stable: Model
  readonly close: () => Promise<void>
}

/** With `--stay` the server is left running, to be tried by hand; otherwise it is closed at the end. */
export async function tour({ url, stable, close }: Stage): Promise<void> {
  const chat = (stream: boolean): Promise<Response> =>
    fetch(`${url}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'any', stream, messages: [{ role: 'user', content: 'hello' }] }),
    })

  console.log(`the application itself: ${await (await fetch(`${url}/health`)).text()}`)
  for (let request = 1; request <= 4; request++) console.log(`chat ${request}: ${await content(await chat(false))}`)
  console.log(`a stream: ${(await (await chat(true)).text()).split('\n\n').length - 1} events`)
  if (process.argv.includes('--stay')) {
    const body = '{"model":"any","messages":[]}'
    console.log(`\ncurl ${url}/v1/chat/completions -H 'content-type: application/json' -d '${body}'`)
    return
  }
  stable.fail()
  console.log('the stable model fails from now on')
  for (let request = 5; request <= 8; request++) console.log(`chat ${request}: ${await content(await chat(false))}`)
  await close()
}

async function content(response: Response): Promise<string> {
  const { choices } = (await response.json()) as { choices: { message: { content: string } }[] }
  return `${response.status} ${choices[0]?.message.content}`
}
