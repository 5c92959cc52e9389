/** `headgate export --to prometheus-rules` and its like: what goes with the metrics, on stdout. */

import { dashboard, operatorManifests, ruleFile } from '@headgate/prometheus'
import type { MonitoringCommand, MonitoringFormat } from '../arguments.ts'

const writers: Readonly<Record<MonitoringFormat, (prefix: string) => string>> = {
  'prometheus-rules': (prefix) => ruleFile({ prefix }),
  'prometheus-operator': (prefix) => operatorManifests({ prefix }),
  grafana: (prefix) => `${JSON.stringify(dashboard({ prefix }), undefined, 2)}\n`,
}

/** The exit code. */
export function exportMonitoring({ to, prefix }: MonitoringCommand, print: (text: string) => void): number {
  print(writers[to](prefix))
  return 0
}
