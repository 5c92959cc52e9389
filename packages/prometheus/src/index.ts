/** The public names. */

export { metrics } from './expose.ts'
export type { Metered, Metrics, MetricsOptions } from './expose.ts'
export { checkedPrefix, defaultPrefix, exposedMetrics, kgatewayNames, metricTable } from './metrics.ts'
export type { ExposedMetric, MetricName, MetricRow, MetricType } from './metrics.ts'
export { ruleGroups } from './artefacts/rules.ts'
export type { AlertingRule, RecordingRule, RuleGroup, RuleOptions } from './artefacts/rules.ts'
export { operatorManifests, prometheusRule, ruleFile, serviceMonitor } from './artefacts/files.ts'
export type { PrometheusRule, ServiceMonitor, ServiceMonitorOptions } from './artefacts/files.ts'
export { dashboard } from './artefacts/dashboard.ts'
export { documentedQueries } from './artefacts/panels.ts'
export type { Dashboard, DashboardPanel } from './artefacts/dashboard.ts'
