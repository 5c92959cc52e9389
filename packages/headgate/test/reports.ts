/** The reports of a gateway's requests, to be waited for. */

import type { Gateway, RequestReport } from 'headgate'

export interface Reports {
  readonly reports: readonly RequestReport[]
  /** Resolves with the nth report, counted from 1. */
  report(n: number): Promise<RequestReport>
}

export function collectReports(gate: Gateway): Reports {
  const reports: RequestReport[] = []
  const waiting: (() => void)[] = []
  gate.on('request-ended', (report) => {
    reports.push(report)
    for (const wake of waiting.splice(0)) wake()
  })
  return {
    reports,
    async report(n) {
      while (reports.length < n) await new Promise<void>((resolve) => waiting.push(resolve))
      return reports[n - 1] as RequestReport
    },
  }
}
