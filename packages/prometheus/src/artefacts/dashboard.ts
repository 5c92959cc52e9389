/** A dashboard for Grafana from the metric table. */

import { checkedPrefix, defaultPrefix } from '../metrics.ts'
import { panelPlans } from './panels.ts'
import type { PanelPlan } from './panels.ts'

export interface Dashboard {
  readonly title: string
  readonly uid: string
  readonly panels: readonly DashboardPanel[]
  readonly [field: string]: unknown
}

export interface DashboardPanel {
  readonly id: number
  readonly title: string
  readonly description: string
  readonly type: 'timeseries'
  readonly targets: readonly { readonly refId: string; readonly expr: string; readonly legendFormat: string }[]
  readonly [field: string]: unknown
}

const columns = 2
const width = 24 / columns
const height = 8
const source = { type: 'prometheus', uid: '${datasource}' }

function panel({ title, unit, about, queries }: PanelPlan, index: number): DashboardPanel {
  return {
    id: index + 1,
    title,
    description: about,
    type: 'timeseries',
    datasource: source,
    gridPos: { x: (index % columns) * width, y: Math.floor(index / columns) * height, w: width, h: height },
    fieldConfig: { defaults: { unit, min: 0, custom: { lineWidth: 1, fillOpacity: 8 } }, overrides: [] },
    options: { legend: { displayMode: 'list', placement: 'bottom' }, tooltip: { mode: 'multi', sort: 'desc' } },
    targets: queries.map(([expr, legendFormat], at) => ({
      refId: String.fromCodePoint(65 + at),
      datasource: source,
      expr,
      legendFormat,
    })),
  }
}

/** A dashboard to import; it asks for its data source. Throws TypeError for a bad prefix. */
export function dashboard(options: { readonly prefix?: string } = {}): Dashboard {
  const prefix = checkedPrefix(options.prefix ?? defaultPrefix)
  return {
    title: `Inference gateway (${prefix})`,
    uid: `${prefix.toLowerCase().slice(0, 30)}-gateway`,
    tags: ['headgate', 'inference'],
    schemaVersion: 39,
    editable: true,
    refresh: '30s',
    time: { from: 'now-1h', to: 'now' },
    templating: {
      list: [{ name: 'datasource', label: 'Data source', type: 'datasource', query: 'prometheus', hide: 0 }],
    },
    annotations: { list: [] },
    panels: panelPlans(prefix).map(panel),
  }
}
