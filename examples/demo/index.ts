/**
 * The demo: five model servers, a gateway inside an Express app, the real openai client in front.
 * It checks what it claims and exits with 1 when a claim does not hold. `--stay` keeps everything up.
 */

import { parseArgs, styleText } from 'node:util'
import { ejection, healthChecks, sessions } from './acts/endpoints.ts'
import { failover } from './acts/failover.ts'
import { rollout, tenantLimit } from './acts/limits.ts'
import { canary, routeByModel, streaming, tiers } from './acts/routing.ts'
import { breaksAfterIt, failsUnder200, signOfLife } from './acts/streams.ts'
import { Stage } from './stage.ts'
import { LiveView } from './view-live.ts'
import { PlainView } from './view-plain.ts'
import { World } from './world.ts'

const { values } = parseArgs({ options: { stay: { type: 'boolean', default: false } } })
const began = performance.now()
const world = await World.start()
const acts = [
  routeByModel,
  canary,
  tiers,
  streaming,
  failsUnder200,
  breaksAfterIt,
  signOfLife,
  failover,
  healthChecks,
  ejection,
  sessions,
  tenantLimit,
  rollout,
]
const view = process.stdout.isTTY ? new LiveView(acts.length, () => world.snapshot()) : new PlainView()
const stage = new Stage(view)

for (const act of acts) {
  await act(stage, world)
  await stage.breathe()
}
view.close()

const failed = stage.claims.filter(({ holds }) => !holds)
const seconds = ((performance.now() - began) / 1000).toFixed(1)
const verdict = `${stage.claims.length - failed.length} of ${stage.claims.length} claims hold, ${seconds} s`
console.log(styleText(failed.length === 0 ? 'green' : 'red', verdict))
process.exitCode = failed.length === 0 ? 0 : 1

if (values.stay) {
  console.log(`\nStill up. Try:\n
  curl -s ${world.url}/v1/chat/completions -H 'x-model-id: gpt-4' -H 'content-type: application/json' \\
    -d '{"model":"any","messages":[{"role":"user","content":"hello"}]}'

  curl -sN ${world.url}/v1/chat/completions -H 'x-model-id: claude-3' -H 'content-type: application/json' \\
    -d '{"model":"any","stream":true,"messages":[{"role":"user","content":"tell me"}]}'

  curl -si ${world.url}/v1/nothing
  curl -s ${world.url}/\n\nCtrl-C ends it.`)
  await new Promise<void>((resolve) => process.once('SIGINT', resolve))
}
await world.stop()
