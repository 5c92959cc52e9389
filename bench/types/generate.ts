/** A program that declares many routes through the builder, as an application does. */

const backends = Array.from({ length: 8 }, (_, index) => `backend-${index}`)

function route(index: number): string {
  const [first, second] = [backends[index % 8], backends[(index + 1) % 8]]
  return `  .route('route-${index}', (route) =>
    route
      .hosts('team-${index % 10}.models.test')
      .when({ path: '/v1/chat/${index}', headers: { 'x-model-id': 'model-${index}' } })
      .split({ '${first}': 90, '${second}': 10 })
      .retry({ retries: 2, on: ['5xx', 'reset'], perTry: '30s' })
      .timeout({ request: '60s', headers: '30s' })
      .fallback('${backends[(index + 2) % 8]}'),
  )`
}

/** One chain, so that every step carries the names of those before it. With weights that only names of the chain allow. */
export function program(routes: number): string {
  const pools = backends.map((name, index) => `  .pool('pool-${index}', { '${name}': 'http://10.0.0.${index}:8000' })`)
  const chain = [
    "gateway('inference')",
    ...pools,
    ...Array.from({ length: routes }, (_, index) => route(index)),
    '  .build()',
  ]
  const use = routes === 0 ? '' : "gate.setWeights('route-0', { 'backend-0': 75, 'backend-1': 25 })\n"
  return `import { gateway } from 'headgate'\n\nexport const gate = ${chain.join('\n')}\n${use}`
}
