/** headgate with every policy as Express middleware; always raw. */
import { expressGate } from '@headgate/express'
import express from 'express'
import { listen } from '../listen.ts'
import { build } from './policies.ts'

export function start(upstream: string): Promise<number> {
  const app = express()
  app.use(expressGate(build(upstream)))
  return listen((request, response) => void app(request, response))
}
