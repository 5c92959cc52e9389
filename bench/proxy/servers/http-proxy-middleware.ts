/** http-proxy-middleware on Express, with an agent that keeps connections. */
import express from 'express'
import { createProxyMiddleware } from 'http-proxy-middleware'
import { Agent } from 'node:http'
import { listen } from '../listen.ts'

export function start(upstream: string): Promise<number> {
  const app = express()
  app.use(createProxyMiddleware({ target: upstream, agent: new Agent({ keepAlive: true }) }))
  return listen((request, response) => void app(request, response))
}
