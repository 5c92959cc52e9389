/** What must and must not compile. Read by the compiler alone: nothing here runs. */

import { expectTypeOf } from 'vitest'

import { findModel, streamClassifier, StreamJudge } from './index.ts'
import type { ModelField, ModelProblem, StreamClassifier, StreamFailure } from './index.ts'

expectTypeOf(streamClassifier('openai-chat')).toEqualTypeOf<StreamClassifier | undefined>()

// A classifier of the user's own may look at less than it is given.
new StreamJudge(() => 'hold')
new StreamJudge((event) => (event === 'failed' ? { kind: 'error-event', status: 500 } : 'commit'), { maxEvents: 3 })
// @ts-expect-error no such verdict
new StreamJudge(() => 'failed')
// @ts-expect-error a failure without a status
new StreamJudge(() => ({ kind: 'empty' }))
// @ts-expect-error no such dialect
new StreamJudge('openai-chats')
// @ts-expect-error no such cap
new StreamJudge('openai-chat', { bytes: 1 })

const judge = new StreamJudge('openai-chat')
expectTypeOf(judge.push(Buffer.alloc(0))).toEqualTypeOf<'hold' | 'commit' | 'failed'>()
expectTypeOf(judge.end()).toEqualTypeOf<'commit' | 'failed'>()
expectTypeOf(judge.failure).toEqualTypeOf<StreamFailure | undefined>()

const found = findModel(Buffer.alloc(0))
// @ts-expect-error the model is there only after asking whether it is
void found.value
if (typeof found === 'string') expectTypeOf(found).toEqualTypeOf<ModelProblem>()
else expectTypeOf(found).toEqualTypeOf<ModelField>()
