/** `headgate explain`: which rule takes a request, and why. Nothing is sent. */

import { describeDiagnostic } from '@headgate/gateway-api'
import { Gateway } from 'headgate'
import type { ExplainCommand } from './arguments.ts'
import { errorText } from './error-text.ts'
import { explainText } from './explain-text.ts'
import type { Explained } from './explain-text.ts'
import { load } from './load.ts'
import type { Loaded } from './load.ts'
import { withoutCredentials } from './secret-refs.ts'

/** The exit code: 1 when the files cannot be served. */
export async function explain(
  command: ExplainCommand,
  print: (text: string) => void,
  complain: (text: string) => void,
): Promise<number> {
  const { loaded, diagnostics } = load(command.source, { toServe: true })
  if (loaded === undefined) {
    for (const diagnostic of diagnostics) {
      if (diagnostic.severity === 'error') complain(`${describeDiagnostic(diagnostic)}\n`)
    }
    return 1
  }
  try {
    const explained = await ask(loaded, command)
    print(command.json ? `${JSON.stringify(explained, undefined, 2)}\n` : explainText(explained))
    return 0
  } catch (error) {
    complain(`${errorText(error)}\n`)
    return 1
  }
}

async function ask({ config, secrets }: Loaded, { request, headers }: ExplainCommand): Promise<Explained> {
  const gate = new Gateway(withoutCredentials(config), { secrets })
  try {
    return { request, ...gate.explain({ ...request, headers }) }
  } finally {
    await gate.close({ drainMs: 0 })
  }
}
