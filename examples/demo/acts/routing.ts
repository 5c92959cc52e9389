/** Acts 1 to 4: where requests go, and tokens as they come. */

import type { Stage } from '../stage.ts'
import { countBy, inParallel } from '../traffic.ts'
import { pause } from '../pause.ts'
import type { World } from '../world.ts'

export const gpt4 = { 'x-model-id': 'gpt-4' }
export const claude = { 'x-model-id': 'claude-3' }
const premium = { ...gpt4, 'x-customer-tier': 'premium' }

export function show(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .sort(([one], [other]) => one.localeCompare(other))
    .map(([name, count]) => `${name} ${count}`)
    .join(', ')
}

export async function routeByModel(stage: Stage, world: World): Promise<void> {
  stage.act('Routing by header', 'The header x-model-id picks the route; without a route the gateway says so')
  const answers = await inParallel(20, 4, async () => {
    const answer = await world.traffic.ask(claude)
    await pause(30)
    return answer
  })
  const counts = countBy(answers.map(({ servedBy }) => servedBy))
  stage.claim('20 requests for claude-3 reach its server alone', counts['reserve'] === 20, show(counts))
  const lost = await world.traffic.ask({ 'x-model-id': 'nobody' })
  const missed = lost.status === 404
  stage.claim('an unknown model is a 404 of the application', missed, `status ${lost.status}`)
}

export async function canary(stage: Stage, world: World): Promise<void> {
  stage.act('A 90/10 canary', 'Smooth weighted round robin: the share is exact, not a matter of luck')
  const before = await Promise.all([world.servers.stable.answered(), world.servers.canary.answered()])
  const answers = await inParallel(200, 8, async () => {
    const answer = await world.traffic.ask(gpt4)
    await pause(20)
    return answer
  })
  const counts = countBy(answers.map(({ servedBy }) => servedBy))
  stage.claim('200 requests split 180 to 20', counts['stable'] === 180 && counts['canary'] === 20, show(counts))
  const after = await Promise.all([world.servers.stable.answered(), world.servers.canary.answered()])
  const journal = after.map((count, index) => count - (before[index] ?? 0))
  const agreed = journal[0] === 180 && journal[1] === 20
  stage.claim('the journals of the model servers say the same', agreed, `stable ${journal[0]}, canary ${journal[1]}`)
}

export async function tiers(stage: Stage, world: World): Promise<void> {
  stage.act('Premium and standard tiers', 'Same path, same model: one header more ranks higher')
  const premiums = await inParallel(10, 5, () => world.traffic.ask(premium))
  const standards = await inParallel(10, 5, () => world.traffic.ask({ ...gpt4, 'x-customer-tier': 'standard' }))
  const counts = countBy(premiums.map(({ servedBy }) => servedBy))
  stage.claim('premium callers have a server of their own', counts['reserve'] === 10, show(counts))
  const shared = countBy(standards.map(({ servedBy }) => servedBy))
  const apart = (shared['reserve'] ?? 0) === 0 && (shared['failed'] ?? 0) === 0
  stage.claim('standard callers share the others', apart, show(shared))
}

export async function streaming(stage: Stage, world: World): Promise<void> {
  stage.act('Streaming', 'Tokens pass through as the model makes them, nothing is gathered')
  const results = await Promise.all(
    [gpt4, claude, premium].map(async (headers, index) => {
      const line = stage.openStream(`stream ${index + 1}`)
      const began = performance.now()
      let firstMs = 0
      const result = await world.traffic.stream(headers, (text) => {
        firstMs ||= performance.now() - began
        line.text += text
      })
      line.ended = result.whole ? 'whole' : 'broken'
      return { ...result, firstMs, totalMs: performance.now() - began }
    }),
  )
  const whole = results.every((result) => result.whole && result.error === undefined)
  const tokens = results.map((result) => result.tokens)
  stage.claim('three streams arrive whole', whole, `${tokens.join(', ')} pieces`)
  const early = results.every(({ firstMs, totalMs }) => firstMs < totalMs / 2)
  const times = results.map(({ firstMs, totalMs }) => `${Math.round(firstMs)} of ${Math.round(totalMs)} ms`)
  stage.claim('the first token is there long before the last', early, times.join(', '))
}
