/** Draws the first figure of a table: a bar for each row, with the 95 % bounds of its median. */
import * as echarts from 'echarts/core'
import { BarChart, CustomChart } from 'echarts/charts'
import { GridComponent, TitleComponent } from 'echarts/components'
import { SVGRenderer } from 'echarts/renderers'
import type { CustomSeriesRenderItem } from 'echarts'
import type { Table } from '../report/result.ts'
import { summaries } from '../report/summary.ts'
import { short } from '../report/text.ts'

echarts.use([BarChart, CustomChart, GridComponent, TitleComponent, SVGRenderer])

const width = 860
const rowHeight = 24
const headHeight = 64
const font = 'system-ui, -apple-system, Segoe UI, Roboto, sans-serif'
const ink = '#24292f'
const colours = { headgate: '#1f6feb', bare: '#8c959f', other: '#d4a72c' } as const

interface Bar {
  readonly name: string
  readonly value: number
  readonly low: number
  readonly high: number
  readonly label: string
}

function colourOf(name: string): string {
  if (name.includes('headgate')) return colours.headgate
  return name.startsWith('bare') ? colours.bare : colours.other
}

/** Ratios are drawn as such; other figures as they were measured. */
function barsOf(table: Table): { readonly bars: readonly Bar[]; readonly axis: string } {
  const [figure] = table.figures
  if (figure === undefined) return { bars: [], axis: '' }
  const { title, unit, against } = figure
  const [first] = table.rows
  const bars = [...summaries(table, figure)].map(([name, summary]): Bar => {
    const own = `${short(summary.median)} ${unit}`.trim()
    if (against !== 'ratio' || summary.against === undefined)
      return { name, value: summary.median, low: summary.median, high: summary.median, label: own }
    const { median: value, low, high } = summary.against
    return { name, value, low, high, label: `${value.toFixed(2)}x, ${own}` }
  })
  return {
    bars,
    axis:
      against === 'ratio'
        ? `${title}, times that of ${first?.name ?? ''}`
        : `${title}${unit === '' ? '' : `, ${unit}`}`,
  }
}

/** A line from the lower to the upper bound with a stroke at each end, and the label behind both it and the bar. */
function whiskerOf(bars: readonly Bar[]): CustomSeriesRenderItem {
  return ({ dataIndex }, api) => {
    const bar = bars[dataIndex]
    if (bar === undefined) return undefined
    const [left = 0, y = 0] = api.coord([bar.low, dataIndex])
    const [right = 0] = api.coord([bar.high, dataIndex])
    const line = (x1: number, y1: number, x2: number, y2: number): object => ({
      type: 'line',
      shape: { x1, y1, x2, y2 },
      style: { stroke: ink, lineWidth: 1 },
    })
    const bounds =
      left === right ? [] : [line(left, y, right, y), line(left, y - 4, left, y + 4), line(right, y - 4, right, y + 4)]
    const style = { text: bar.label, fill: ink, font: `11px ${font}`, textVerticalAlign: 'middle' }
    const label = { type: 'text', x: Math.max(right, api.coord([bar.value, dataIndex])[0] ?? 0) + 8, y, style }
    return { type: 'group', children: [...bounds, label] } as ReturnType<CustomSeriesRenderItem>
  }
}

/** An SVG of its own. The same table gives the same text. */
export function chart(table: Table): string {
  const { bars, axis } = barsOf(table)
  const drawing = echarts.init(null, null, {
    renderer: 'svg',
    ssr: true,
    width,
    height: headHeight + bars.length * rowHeight + 30,
  })
  drawing.setOption({
    animation: false,
    backgroundColor: '#ffffff',
    textStyle: { fontFamily: font, color: ink },
    title: {
      text: table.title,
      subtext: axis,
      textStyle: { fontSize: 14, fontWeight: 600, color: ink },
      subtextStyle: { fontSize: 12, color: '#57606a' },
    },
    grid: { left: 260, right: 130, top: headHeight, bottom: 28 },
    xAxis: { type: 'value', min: 0, splitLine: { lineStyle: { color: '#eaeef2' } }, axisLabel: { color: '#57606a' } },
    yAxis: {
      type: 'category',
      inverse: true,
      data: bars.map(({ name }) => name),
      axisTick: { show: false },
      axisLabel: { color: ink, width: 250, overflow: 'truncate' },
    },
    series: [
      {
        type: 'bar',
        barWidth: '62%',
        data: bars.map(({ name, value }) => ({ value, itemStyle: { color: colourOf(name) } })),
      },
      {
        type: 'custom',
        renderItem: whiskerOf(bars),
        data: bars.map(({ low, high }, at) => [low, high, at]),
        encode: { x: [0, 1], y: 2 },
        z: 5,
      },
    ],
  })
  const svg = drawing.renderToSVGString()
  drawing.dispose()
  // The library counts its drawings in the names that it gives.
  return `${svg.replaceAll(/zr\d+-/g, 'zr-').trim()}\n`
}
