/** Acts 9 to 11: an endpoint that says that it is not well, one that only fails, and callers who come back to theirs. */

import { until } from '../pause.ts'
import type { Stage } from '../stage.ts'
import { countBy } from '../traffic.ts'
import type { World } from '../world.ts'
import { show } from './routing.ts'

const llama = { 'x-model-id': 'llama' }
const qwen = { 'x-model-id': 'qwen' }
const session = { 'x-model-id': 'gpt-4-session' }

async function askInTurn(
  world: World,
  headers: Record<string, string>,
  count: number,
): Promise<Record<string, number>> {
  const servers: (string | undefined)[] = []
  for (let index = 0; index < count; index++) servers.push((await world.traffic.ask(headers)).servedBy)
  return countBy(servers)
}

export async function healthChecks(stage: Stage, world: World): Promise<void> {
  stage.act(
    'An endpoint that is not well',
    'Each of the two is asked every 200 ms; south says 503 and gets no requests',
  )
  const { south } = world.moody
  const healthOf = (): string | undefined =>
    world.gate
      .backends()
      .find(({ name }) => name === 'llama')
      ?.endpoints.find(({ url }) => url === south.url)?.health
  await until(() => healthOf() === 'healthy', 3000)
  const before = await askInTurn(world, llama, 20)
  stage.claim('well, both are asked', before['north'] === 10 && before['south'] === 10, show(before))
  south.mood = 'unwell'
  await until(() => healthOf() === 'unhealthy', 3000)
  stage.note('south is out, though it would still answer')
  const without = await askInTurn(world, llama, 20)
  stage.claim('unwell, it is left out', without['north'] === 20, show(without))
  south.mood = 'well'
  await until(() => healthOf() === 'healthy', 3000)
  const after = await askInTurn(world, llama, 20)
  stage.claim('well again, it is back', after['south'] === 10, show(after))
}

export async function ejection(stage: Stage, world: World): Promise<void> {
  stage.act(
    'An endpoint that only fails',
    'Outlier detection: three failures in a row and south is out for two seconds',
  )
  const { south } = world.moody
  const told: string[] = []
  const out = ({ forMs }: { forMs: number }): void => void told.push(`out for ${forMs} ms`)
  const back = (): void => void told.push('back')
  world.gate.on('endpoint-ejected', out).on('endpoint-restored', back)
  south.mood = 'refuses'
  south.asked = 0
  const during = await askInTurn(world, qwen, 20)
  const asked = south.asked
  south.mood = 'well'
  stage.note('south fails all it gets, and after three it gets nothing')
  stage.claim('callers notice nothing, a retry goes elsewhere', during['north'] === 20, show(during))
  stage.claim('three failures and no more', asked === 3, `south was asked ${asked} times in 20 requests`)
  // An ejection ends when somebody looks.
  await until(() => world.gate.backends().length > 0 && told.includes('back'), 5000)
  const after = await askInTurn(world, qwen, 20)
  world.gate.off('endpoint-ejected', out).off('endpoint-restored', back)
  stage.claim('after its time it is asked again', after['south'] === 10, `${told.join(', ')}; ${show(after)}`)
}

export async function sessions(stage: Stage, world: World): Promise<void> {
  stage.act('Callers who come back', 'A cookie says where a conversation began; it goes before the weights, 0 too')
  const callers = await Promise.all([1, 2, 3, 4].map(() => world.traffic.begin(session)))
  const homes = callers.map(({ servedBy }) => servedBy)
  const stays = async (): Promise<boolean> => {
    const again = await Promise.all(callers.map(({ cookie }) => world.traffic.ask({ ...session, cookie })))
    return again.every(({ servedBy }, index) => servedBy === homes[index])
  }
  const kept = [await stays(), await stays(), await stays()].every(Boolean)
  stage.claim('each comes back to its server', kept, `${show(countBy(homes))}, three times more`)
  world.gate.setWeights('gpt-4-session', { 'gpt4-stable': 1, 'gpt4-canary': 0 })
  stage.note('the canary has weight 0 now')
  const stayed = await stays()
  stage.claim('with weight 0 the canary keeps the callers it has', stayed, show(countBy(homes)))
  const fresh = await askInTurn(world, session, 10)
  stage.claim('and gets no new ones', fresh['stable'] === 10, show(fresh))
}
