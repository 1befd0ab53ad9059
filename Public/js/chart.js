// A chart of a result, as the answer declares it (`{kind, x, y}`, columns by their places): drawn as SVG, its colors by
// classes of css/result.css. Nothing of the result is anything but text here.

const widest = 480
const narrowest = 240
const rowHeight = 26

// The width that a chart is drawn with where there is so much room, in CSS pixels: as wide as that, so that its words are
// as large as css/result.css says. Where there is more room, all of it grows.
export function chartWidth(room) {
  return Math.min(widest, Math.max(narrowest, Math.floor(room / 20) * 20))
}

// Returns an SVG, or null where there is nothing to draw.
export function chartElement(result, label, width = widest) {
  const { chart, columns, rows } = result
  const series = chart.y.map((column) => ({ name: columns[column], values: rows.map((row) => asNumber(row[column])) }))
  const points = rows.map((row) => String(row[chart.x] ?? ''))
  const all = series.flatMap(({ values }) => values).filter((value) => value !== null)
  if (all.length === 0) return null
  return chart.kind === 'line' ? lines(points, series, all, label, width) : bars(points, series, all, label, width)
}

function asNumber(value) {
  const number = value === null || value === '' ? NaN : Number(value)
  return Number.isFinite(number) ? number : null
}

// Names on the left, bars to the right: names have room there.
function bars(points, series, all, label, width) {
  const height = points.length * rowHeight + 28
  const names = Math.min(140, Math.round(width * 0.3))
  const svg = frame(width, height, label)
  const scale = axis(Math.min(0, ...all), Math.max(0, ...all))
  const place = (value) => names + ((value - scale.low) / (scale.high - scale.low)) * (width - names - 60)
  for (const tick of spaced(scale.ticks, place)) {
    svg.append(element('line', { class: 'grid', x1: place(tick), x2: place(tick), y1: 4, y2: height - 22 }))
    svg.append(text(format(tick), { class: 'tick', x: place(tick), y: height - 6, 'text-anchor': 'middle' }))
  }
  const thickness = (rowHeight - 8) / series.length
  points.forEach((point, row) => {
    const top = 4 + row * rowHeight
    svg.append(
      text(short(point, (names - 8) / 7.3), { class: 'name', x: names - 8, y: top + rowHeight / 2, 'text-anchor': 'end' }, point),
    )
    series.forEach(({ name, values }, index) => {
      const value = values[row]
      if (value === null) return
      const [from, to] = [place(0), place(value)].sort((a, b) => a - b)
      const bar = element('rect', {
        class: `series-${index}`, x: from, y: top + 4 + index * thickness, width: Math.max(1, to - from),
        height: thickness - 1, rx: 2,
      })
      bar.append(title(`${point}, ${name}: ${format(value)}`))
      svg.append(bar)
      if (series.length > 1) return
      svg.append(text(format(value), { class: 'value', x: place(Math.max(0, value)) + 6, y: top + rowHeight / 2 }))
    })
  })
  return svg
}

function lines(points, series, all, label, width) {
  const [height, left, bottom] = [220, 56, 28]
  const svg = frame(width, height, label)
  const low = Math.min(...all)
  const high = Math.max(...all)
  // From nothing on, unless that would flatten what there is to see.
  const scale = axis(low >= 0 && low < high * 0.8 ? 0 : low, high)
  const y = (value) => height - bottom - ((value - scale.low) / (scale.high - scale.low)) * (height - bottom - 12)
  const x = (index) => left + (index / Math.max(1, points.length - 1)) * (width - left - 24)
  for (const tick of scale.ticks) {
    svg.append(element('line', { class: 'grid', x1: left, x2: width - 16, y1: y(tick), y2: y(tick) }))
    svg.append(text(format(tick), { class: 'tick', x: left - 8, y: y(tick), 'text-anchor': 'end' }))
  }
  const step = Math.ceil(points.length / Math.max(2, Math.round(width / 96)))
  points.forEach((point, index) => {
    if (index % step !== 0) return
    svg.append(text(short(point, 10), { class: 'tick', x: x(index), y: height - 8, 'text-anchor': 'middle' }, point))
  })
  series.forEach(({ name, values }, index) => {
    const path = values
      .map((value, place) => (value === null ? null : `${place > 0 && values[place - 1] !== null ? 'L' : 'M'}${x(place)} ${y(value)}`))
      .filter(Boolean)
    svg.append(element('path', { class: `line series-${index}`, d: path.join(' ') }))
    values.forEach((value, place) => {
      if (value === null) return
      const dot = element('circle', { class: `series-${index}`, cx: x(place), cy: y(value), r: points.length > 30 ? 2 : 3.5 })
      dot.append(title(`${points[place]}, ${name}: ${format(value)}`))
      svg.append(dot)
    })
  })
  return svg
}

// Round numbers around all values: 1, 2 or 5 of some power of ten apart.
export function axis(low, high) {
  if (low === high) [low, high] = low === 0 ? [0, 1] : [Math.min(0, low), Math.max(0, high)]
  const rough = (high - low) / 4
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((size) => size >= rough)
  const [first, last] = [Math.floor(low / step), Math.ceil(high / step)]
  const ticks = []
  for (let place = first; place <= last; place++) ticks.push(place * step)
  // Without a sign where it is nothing.
  return { low: first * step + 0, high: last * step + 0, ticks }
}

// Those of the ticks whose numbers have room beside each other.
function spaced(ticks, place) {
  const widest = Math.max(...ticks.map((tick) => format(tick).length)) * 7.3 + 10
  const step = ticks[1] - ticks[0]
  const every = Math.ceil(widest / (place(ticks[1]) - place(ticks[0])))
  // Nothing is among them where it is one.
  return ticks.filter((tick) => Math.round(tick / step) % every === 0)
}

export function format(value) {
  return new Intl.NumberFormat('en', { maximumSignificantDigits: 6, notation: Math.abs(value) >= 1e9 ? 'compact' : 'standard' })
    .format(value)
}

// Cut to a width, in that of a small letter: capitals are wider, and what is far from Latin is twice as wide.
function short(name, most) {
  let width = 0
  const letters = [...name]
  for (const [place, letter] of letters.entries()) {
    width += letter > '\u2e7f' ? 2 : /[A-Z@#%&<>=+~mw]/.test(letter) ? 1.3 : 1
    if (width > most) return letters.slice(0, Math.max(1, place - 1)).join('') + '…'
  }
  return name
}

function frame(width, height, label) {
  const svg = element('svg', { class: 'chart', viewBox: `0 0 ${width} ${height}`, role: 'img', 'aria-label': label })
  svg.append(title(label))
  return svg
}

function title(content) {
  const node = element('title', {})
  node.textContent = content
  return node
}

function text(content, attributes, whole = null) {
  const node = element('text', { 'dominant-baseline': 'middle', ...attributes })
  node.textContent = content
  if (whole !== null && whole !== content) node.append(title(whole))
  return node
}

function element(name, attributes) {
  const node = document.createElementNS('http://www.w3.org/2000/svg', name)
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value)
  return node
}
