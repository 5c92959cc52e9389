/** What is written to files: rules for Prometheus itself, and the objects that its operator reads. */

import { checkedPrefix, defaultPrefix } from '../metrics.ts'
import { ruleGroups } from './rules.ts'
import type { RuleGroup, RuleOptions } from './rules.ts'
import { toYaml } from './yaml.ts'

export interface ServiceMonitorOptions {
  /** Default `headgate`; names and labels follow it. */
  readonly prefix?: string
  /** Where the object is. Default `monitoring`. */
  readonly namespace?: string
  /** Where the Service of the gateway is. Default the prefix and `-system`. */
  readonly serviceNamespace?: string
  /** Port of that Service, by its name. Default `metrics`. */
  readonly port?: string
  /** Time between scrapes. Default `15s`. */
  readonly interval?: string
}

export interface ServiceMonitor {
  readonly apiVersion: 'monitoring.coreos.com/v1'
  readonly kind: 'ServiceMonitor'
  readonly metadata: { readonly name: string; readonly namespace: string }
  readonly spec: {
    readonly selector: { readonly matchLabels: { readonly app: string } }
    readonly namespaceSelector: { readonly matchNames: readonly string[] }
    readonly endpoints: readonly { readonly port: string; readonly interval: string; readonly path: string }[]
  }
}

export interface PrometheusRule {
  readonly apiVersion: 'monitoring.coreos.com/v1'
  readonly kind: 'PrometheusRule'
  readonly metadata: { readonly name: string; readonly namespace: string }
  readonly spec: { readonly groups: readonly RuleGroup[] }
}

/** A rule file of Prometheus, as YAML. Throws as `ruleGroups`. */
export function ruleFile(options: RuleOptions = {}): string {
  return toYaml({ groups: ruleGroups(options) })
}

/** The same rules for the Prometheus operator. Throws as `ruleGroups`. */
export function prometheusRule(options: RuleOptions & { readonly namespace?: string } = {}): PrometheusRule {
  const { prefix = defaultPrefix, namespace = 'monitoring' } = options
  return {
    apiVersion: 'monitoring.coreos.com/v1',
    kind: 'PrometheusRule',
    metadata: { name: `${objectName(prefix)}-alerts`, namespace },
    spec: { groups: ruleGroups(options) },
  }
}

/** Tells the Prometheus operator to scrape `/metrics` of the gateway's Service. Throws TypeError for a bad prefix. */
export function serviceMonitor(options: ServiceMonitorOptions = {}): ServiceMonitor {
  const app = objectName(checkedPrefix(options.prefix ?? defaultPrefix))
  const { namespace = 'monitoring', serviceNamespace = `${app}-system`, port = 'metrics', interval = '15s' } = options
  return {
    apiVersion: 'monitoring.coreos.com/v1',
    kind: 'ServiceMonitor',
    metadata: { name: `${app}-metrics`, namespace },
    spec: {
      selector: { matchLabels: { app } },
      namespaceSelector: { matchNames: [serviceNamespace] },
      endpoints: [{ port, interval, path: '/metrics' }],
    },
  }
}

/** Both objects in one file, as YAML. Throws as `ruleGroups`. */
export function operatorManifests(options: RuleOptions = {}): string {
  const { prefix = defaultPrefix } = options
  return `${toYaml(serviceMonitor({ prefix }))}---\n${toYaml(prometheusRule(options))}`
}

/** Kubernetes has no `_` in names. */
function objectName(prefix: string): string {
  return prefix
    .toLowerCase()
    .replaceAll('_', '-')
    .replaceAll(/^-+|-+$/g, '')
}
