import { chartElement, chartWidth } from './chart.js'

// What is shown of a database's result beside the answer's own table: a chart where the result declares one, with its
// figures behind it, and the download. Returns null where the tool has no such result.
//
// The button sends `skein-download` with the message's id and the result's number, from 1.
export function resultElement(message, result, number) {
  if (!Array.isArray(result?.columns) || !Array.isArray(result.rows)) return null
  const figure = document.createElement('figure')
  figure.className = 'result'
  if (result.chart) {
    const { x, y } = result.chart
    const label = `${y.map((column) => result.columns[column]).join(', ')} by ${result.columns[x]}`
    const chart = chartElement(result, `Chart: ${label}`)
    if (chart) {
      figure.append(caption(result, label), chart, figures(result))
      fit(figure, chart, (width) => chartElement(result, `Chart: ${label}`, width))
    }
  }
  const button = document.createElement('button')
  button.type = 'button'
  button.className = 'quiet'
  button.textContent = result.truncated ? 'Download these rows as CSV' : 'Download as CSV'
  button.addEventListener('click', () => {
    const detail = { message: message.id, number }
    button.dispatchEvent(new CustomEvent('skein-download', { bubbles: true, detail }))
  })
  figure.append(button)
  return figure
}

// Draws the chart anew where there is less room than it was drawn for, or more again.
function fit(figure, chart, draw) {
  if (typeof ResizeObserver !== 'function') return
  let width = chartWidth(Infinity)
  new ResizeObserver((entries) => {
    const room = chartWidth(entries.at(-1).contentRect.width)
    if (room === width) return
    const next = draw(room)
    chart.replaceWith(next)
    ;[chart, width] = [next, room]
  }).observe(figure)
}

// What the chart shows, and which color is what where there are several.
function caption(result, label) {
  const caption = document.createElement('figcaption')
  caption.append(label)
  const { y } = result.chart
  if (y.length > 1) {
    const list = document.createElement('ul')
    list.className = 'legend'
    y.forEach((column, index) => {
      const item = document.createElement('li')
      item.className = `series-${index}`
      item.textContent = result.columns[column]
      list.append(item)
    })
    caption.append(list)
  }
  return caption
}

function figures(result) {
  const details = document.createElement('details')
  const summary = document.createElement('summary')
  summary.textContent = 'The figures of the chart'
  const table = document.createElement('table')
  const places = [result.chart.x, ...result.chart.y]
  const head = table.createTHead().insertRow()
  for (const place of places) {
    const cell = document.createElement('th')
    cell.scope = 'col'
    cell.textContent = result.columns[place]
    head.append(cell)
  }
  const body = table.createTBody()
  for (const row of result.rows) {
    const line = body.insertRow()
    for (const place of places) line.insertCell().textContent = row[place] ?? ''
  }
  details.append(summary, table)
  return details
}
