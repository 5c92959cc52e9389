/** Cases: on the framework's own reply path its hooks see the reply. */

import { expect } from 'vitest'
import { eventStream, json } from '@headgate/testing'
import { chat, type MountCase, oneBackend } from './bench.ts'

const seesStatus: MountCase = {
  name: 'a hook of the framework sees the reply of the backend',
  concerns: (_traits, mode) => mode === 'framework',
  run: async (bench) => {
    const upstream = await bench.upstream([json({}, { status: 201 }), eventStream(['data: 1\n\n'], { status: 203 })])
    const mounted = await bench.mountOne(upstream)
    await bench.exchange(mounted)
    await bench.exchange(mounted, chat({ stream: true }))
    expect(mounted.hooks.map((hook) => hook.split(' ')[1])).toEqual(expect.arrayContaining(['201', '203']))
  },
}

const seesAnswer: MountCase = {
  name: 'a hook of the framework sees what the gateway itself answers',
  concerns: (_traits, mode) => mode === 'framework',
  run: async (bench) => {
    const mounted = await bench.mount(oneBackend('http://127.0.0.1:1', { backends: [] }))
    const received = await bench.exchange(mounted)
    expect(received.status).toBe(500)
    expect(mounted.hooks.map((hook) => hook.split(' ')[1])).toContain('500')
  },
}

export const hookCases: readonly MountCase[] = [seesStatus, seesAnswer]
