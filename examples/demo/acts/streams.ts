/** Acts 5 to 7: streams that fail before their first word, after it, and one that keeps its caller waiting. */

import type { Stage } from '../stage.ts'
import type { World } from '../world.ts'

const mistral = { 'x-model-id': 'mistral' }

export async function failsUnder200(stage: Stage, world: World): Promise<void> {
  stage.act(
    'A stream that fails under a 200',
    'The model says 200, a role, and then an error: it is held back until its first word',
  )
  world.moody.north.mood = 'errs'
  const seen: string[] = []
  const see = ({ backend, status, outcome }: { backend: string; status: number; outcome: string }): void => {
    if (backend === 'mistral') seen.push(`${status} ${outcome}`)
  }
  world.gate.on('attempt-ended', see)
  const lines = [1, 2, 3, 4].map((index) => stage.openStream(`stream ${index}`))
  const raw = world.traffic.bytes(mistral)
  const results = await Promise.all(
    lines.map(async (line) => {
      const result = await world.traffic.stream(mistral, (text) => {
        line.text += text
      })
      line.ended = result.whole ? 'whole' : 'broken'
      return result
    }),
  )
  const { text, servedBy } = await raw
  world.gate.off('attempt-ended', see)
  world.moody.north.mood = 'well'

  const saved = results.filter(({ whole, servedBy }) => whole && servedBy === 'reserve').length
  stage.claim('every stream is whole, from another model', saved === results.length, `${saved} of ${results.length}`)
  const clean = servedBy === 'reserve' && text.endsWith('data: [DONE]\n\n') && !/north|error/.test(text)
  stage.claim('not a byte of the failed ones reached a caller', clean, `${text.length} bytes, all of the reserve`)
  const told = seen.length === 5 && seen.every((outcome) => outcome === '200 error-event')
  stage.claim('the events tell what the status hid', told, `${seen.length} attempts: ${seen[0]}`)
}

export async function breaksAfterIt(stage: Stage, world: World): Promise<void> {
  stage.act('A stream that breaks after its first words', 'Nothing can replace it any more, so it must not look whole')
  world.moody.north.mood = 'breaks'
  const reports: string[] = []
  const see = ({
    route,
    result,
    code,
  }: {
    route: string | undefined
    result: string
    code: string | undefined
  }): void => {
    if (route === 'mistral') reports.push(`${result} ${code}`)
  }
  world.gate.on('request-ended', see)
  const line = stage.openStream('a stream')
  const result = await world.traffic.stream(mistral, (text) => {
    line.text += text
  })
  line.ended = result.whole ? 'whole' : 'broken'
  const { text, error } = await world.traffic.bytes(mistral)
  world.gate.off('request-ended', see)
  world.moody.north.mood = 'well'

  const visible = result.text === 'north: Once' && !result.whole && result.error !== undefined
  stage.claim('the client keeps its words and throws', visible, `"${result.text}", then: ${result.error}`)
  const ends = text.includes('"code":"upstream_reset"') && !text.includes('[DONE]') && error !== undefined
  stage.claim('an error event comes last, then the cut', ends, 'upstream_reset, no [DONE]')
  const counted = reports.length === 2 && reports.every((report) => report === 'broken upstream_reset')
  stage.claim('the events say the same', counted, reports.join(', '))
}

export async function signOfLife(stage: Stage, world: World): Promise<void> {
  stage.act('A sign of life', 'The model thinks and thinks: the caller gets comments of the gateway, then an answer')
  world.moody.north.mood = 'thinks'
  const line = stage.openStream('what the caller reads')
  const { status, headMs, totalMs, text, servedBy } = await world.traffic.bytes(mistral, (piece) => {
    line.text += piece
  })
  line.ended = 'whole'
  world.moody.north.mood = 'well'
  const comments = text.split(': keep-alive\n\n').length - 1
  stage.claim(
    'the caller knows early that the gateway lives',
    status === 200 && comments >= 2,
    `a head after ${Math.round(headMs)} ms, ${comments} comments`,
  )
  const answered = text.endsWith('data: [DONE]\n\n') && servedBy === 'reserve'
  stage.claim('after a second without a word another model answers', answered, `whole after ${Math.round(totalMs)} ms`)
}
