/** What replies say of themselves, on the spans of their attempts. */

import { expect, test } from 'vitest'
import { json, startUpstream } from '@headgate/testing'
import { chat, observe, question, route, spanSdk } from './observed.ts'

test('the span of an attempt names the model that was served, and its tokens', async () => {
  const usage = { prompt_tokens: 9, completion_tokens: 4, prompt_tokens_details: { cached_tokens: 5 } }
  await using upstream = await startUpstream(json({ model: 'served-1', choices: [], usage }))
  const sdk = spanSdk()
  await using gate = await observe(route({ a: upstream.url }), sdk)
  await (await fetch(gate.url + chat, question)).text()
  await gate.report(1)
  expect(sdk.spans().find(({ kind }) => kind === 2)?.attributes).toMatchObject({
    'gen_ai.response.model': 'served-1',
    'gen_ai.usage.input_tokens': 9,
    'gen_ai.usage.output_tokens': 4,
    'gen_ai.usage.cache_read.input_tokens': 5,
  })
})
