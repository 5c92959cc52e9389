/** Act 8: the primary dies while streams run, and comes back. */

import type { Stage } from '../stage.ts'
import type { Asked, Streamed } from '../traffic.ts'
import { pause, until } from '../pause.ts'
import type { World } from '../world.ts'
import { gpt4 } from './routing.ts'

interface Load {
  readonly asked: Asked[]
  readonly streamed: Streamed[]
  stop(): Promise<void>
}

/** Callers that keep coming: a question every 20 ms, a stream every tenth time. */
function startLoad(world: World): Load {
  const asked: Asked[] = []
  const streamed: Streamed[] = []
  const running: Promise<unknown>[] = []
  let count = 0
  const timer = setInterval(() => {
    const streams = count++ % 10 === 0
    running.push(
      streams
        ? world.traffic.stream(gpt4).then((result) => streamed.push(result))
        : world.traffic.ask(gpt4).then((result) => asked.push(result)),
    )
  }, 20)
  const stop = async (): Promise<void> => {
    clearInterval(timer)
    await Promise.all(running)
  }
  return { asked, streamed, stop }
}

export async function failover(stage: Stage, world: World): Promise<void> {
  stage.act(
    'The primary dies while streams run',
    'SIGKILL for the stable server; every request that can be saved is saved',
  )
  world.gate.setWeights('gpt-4', { 'gpt4-stable': 1, 'gpt4-canary': 0 })
  const lines = Array.from({ length: 5 }, (_, index) => stage.openStream(`stream ${index + 1}`))
  const begun = lines.map(async (line) => {
    const result = await world.traffic.stream(gpt4, (text) => {
      line.text += text
    })
    line.ended = result.whole ? 'whole' : 'broken'
    return result
  })
  await until(() => lines.every(({ text }) => text.length > 20), 5000)
  await world.servers.stable.kill()
  stage.note('stable is dead; callers keep coming')
  const load = startLoad(world)
  const broken = await Promise.all(begun)
  await until(() => world.breakerStates.includes('open'), 3000)
  stage.note('the breaker is open: nobody waits for a dead server')
  await pause(1200)
  await world.servers.stable.start()
  stage.note('stable is back; one probe goes first')
  await until(() => world.breakerStates.at(-1) === 'closed', 5000)
  await pause(400)
  await load.stop()
  judge(stage, world, broken, load)
  world.gate.setWeights('gpt-4', { 'gpt4-stable': 90, 'gpt4-canary': 10 })
}

function judge(stage: Stage, world: World, broken: readonly Streamed[], load: Load): void {
  const told = broken.filter(({ error, whole }) => error !== undefined && !whole).length
  stage.claim(
    'streams that were delivering end with an error that the client sees',
    told === broken.length,
    `${told} of ${broken.length}`,
  )
  const saved = load.asked.filter(({ status }) => status === 200).length
  stage.claim(
    'every other question is answered',
    saved === load.asked.length && saved > 0,
    `${saved} of ${load.asked.length}`,
  )
  const whole = load.streamed.filter((result) => result.whole && result.error === undefined).length
  const allWhole = whole === load.streamed.length && whole > 0
  stage.claim('every later stream is whole', allWhole, `${whole} of ${load.streamed.length}`)
  const by = (name: string): number => load.asked.filter(({ servedBy }) => servedBy === name).length
  const both = by('reserve') > 0 && by('stable') > 0
  stage.claim('first the fallback, then the primary again', both, `reserve ${by('reserve')}, stable ${by('stable')}`)
  const seen = world.breakerStates.join(' → ')
  stage.claim('the breaker opens, probes and closes', /^open.*half-open → closed$/.test(seen), seen)
}
