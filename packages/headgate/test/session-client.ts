/** Callers and endpoints for the tests of sessions: who answered, and what the caller was told to send next time. */

import { json, startUpstream } from '@headgate/testing'
import type { Upstream } from '@headgate/testing'
import { onTestFinished } from 'vitest'

export interface Asked {
  readonly status: number
  /** Name of the endpoint that answered; empty for an answer of the gateway's own. */
  readonly from: string
  /** `x-headgate-error`. */
  readonly code: string | null
  /** Each Set-Cookie field. */
  readonly cookies: readonly string[]
  readonly headers: Headers
}

/** Sends one GET. */
export async function ask(url: string, headers: Record<string, string> = {}): Promise<Asked> {
  const reply = await fetch(url, { headers, redirect: 'manual' })
  const text = await reply.text()
  const code = reply.headers.get('x-headgate-error')
  const from = code === null && text !== '' ? (JSON.parse(text) as { from: string }).from : ''
  return { status: reply.status, from, code, cookies: reply.headers.getSetCookie(), headers: reply.headers }
}

/** `name=value` of the only Set-Cookie field, ready to be sent back. */
export function cookieOf({ cookies, status, code }: Asked): string {
  const [first, ...more] = cookies
  if (first === undefined || more.length > 0) throw new Error(`${cookies.length} cookies (${status} ${code})`)
  return first.slice(0, first.indexOf(';'))
}

/** Who answers, one after the other, with these header fields each time. */
export async function askOften(url: string, count: number, headers: Record<string, string> = {}): Promise<string[]> {
  const from: string[] = []
  for (let asked = 0; asked < count; asked++) from.push((await ask(url, headers)).from)
  return from
}

/** Endpoints that answer with their name, closed at the end of the test. */
export async function startPods<const Name extends string>(
  ...names: readonly Name[]
): Promise<Readonly<Record<Name, Upstream>>> {
  const started = await Promise.all(names.map((from) => startUpstream(json({ from }))))
  for (const pod of started) onTestFinished(() => pod.close())
  return Object.fromEntries(names.map((name, index) => [name, started[index]])) as Record<Name, Upstream>
}
