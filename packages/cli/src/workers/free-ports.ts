/** Port 0 to a port that is free now. Workers need one that all of them, and those that replace them, can name. */

import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import type { Bind } from '../bind.ts'
import type { Address } from '../option-values.ts'
import type { Served } from '../serve-gateway.ts'

type Addresses = Pick<Served, 'bind' | 'config'>

/**
 * The addresses of `served` with a port in the place of each 0; listeners of one declared port get one, and what `former` chose
 * for it stays. Rejects for a bad host.
 */
export async function chooseFreePorts({ bind, config }: Addresses, former?: Addresses): Promise<Bind> {
  const chosen = new Map<string, Address>()
  const ports = new Map<string, number>()
  for (const { name, port: declared } of former?.config.listeners ?? []) {
    const address = former?.bind.get(name)
    if (address !== undefined) ports.set(`${address.host} ${declared}`, address.port)
  }
  for (const { name, port: declared } of config.listeners) {
    const address = bind.get(name)
    if (address === undefined) continue
    if (address.port !== 0) {
      chosen.set(name, address)
      continue
    }
    const key = `${address.host} ${declared}`
    const port = ports.get(key) ?? (await freePort(address.host))
    ports.set(key, port)
    chosen.set(name, { host: address.host, port })
  }
  return chosen
}

async function freePort(host: string): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, host, resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}
