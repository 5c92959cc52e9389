/** The bytes of a body that something in front has read through `c.req`. */

import { GatewayError } from 'headgate'
import type { Context } from 'hono'

/** Rejects with GatewayError when the bytes are gone. */
export async function honoBody(c: Context): Promise<Buffer> {
  const [first] = Object.keys(c.req.bodyCache)
  // A form that is printed again has another boundary than its Content-Type says. `parseBody()` keeps the bytes first.
  if (first !== undefined && first !== 'formData') return Buffer.from(await c.req.arrayBuffer())
  throw new GatewayError(
    'HEADGATE_BODY_CONSUMED',
    'something in front has read the request body and its bytes cannot be had back; read it with c.req.json(), text(), ' +
      'arrayBuffer() or parseBody(), or mount the gateway before',
  )
}
