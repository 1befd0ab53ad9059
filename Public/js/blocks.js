// Cuts text into blocks by a small part of Markdown's rules. Pure: no page.
//
// A block is `{kind, source, ...}`: `paragraph` and `quote` (`text`), `heading` (`level`, `text`), `list` (`ordered`,
// `start`, `items`), `code` (`text`), `table` (`head`, `rows`, `ends`: which columns are aligned to the end, as numbers
// are) and `rule`. Their sources, put together, are the text.
// More text at the end never changes any block but the last two, so that a growing answer is read again from there.
export function parseBlocks(text) {
  const lines = text.match(/[^\n]*\n|[^\n]+$/g) ?? []
  const blocks = []
  let at = 0
  while (at < lines.length) {
    const block = readBlock(lines, at)
    let end = block.end
    while (end < lines.length && lines[end].trim() === '') end++
    block.source = lines.slice(at, end).join('')
    delete block.end
    blocks.push(block)
    at = end
  }
  return blocks
}

const fence = /^\s{0,3}(```+|~~~+)/
const heading = /^(#{1,6})\s+(.*)$/
const bullet = /^\s{0,3}[-*+]\s+/
const number = /^\s{0,3}(\d{1,9})[.)]\s+/
const quote = /^\s{0,3}>\s?/
const rule = /^\s{0,3}([-*_])(\s*\1){2,}\s*$/
const tableRule = /^\s*\|?\s*:?-+:?\s*(\|\s*:?-+:?\s*)*\|?\s*$/

function readBlock(lines, at) {
  const line = lines[at]
  if (fence.test(line)) return readCode(lines, at)
  if (rule.test(line)) return { kind: 'rule', end: at + 1 }
  const title = heading.exec(line.trimEnd())
  if (title) return { kind: 'heading', level: title[1].length, text: title[2], end: at + 1 }
  if (bullet.test(line)) return readList(lines, at, bullet, false)
  if (number.test(line)) return readList(lines, at, number, true)
  if (quote.test(line)) return readQuote(lines, at)
  if (startsTable(lines, at)) return readTable(lines, at)
  let end = at + 1
  while (end < lines.length && !endsParagraph(lines, end)) end++
  return { kind: 'paragraph', text: lines.slice(at, end).join('').replace(/^\s*\n/, '').trimEnd(), end }
}

function endsParagraph(lines, at) {
  const line = lines[at]
  return line.trim() === '' || fence.test(line) || rule.test(line) || heading.test(line.trimEnd())
    || bullet.test(line) || number.test(line) || quote.test(line) || startsTable(lines, at)
}

function readCode(lines, at) {
  const mark = fence.exec(lines[at])[1]
  let end = at + 1
  while (end < lines.length && !lines[end].trim().startsWith(mark)) end++
  const text = lines.slice(at + 1, end).join('')
  return { kind: 'code', text: text.endsWith('\n') ? text.slice(0, -1) : text, end: Math.min(end + 1, lines.length) }
}

function readList(lines, at, mark, ordered) {
  const start = ordered ? Number(number.exec(lines[at])[1]) : 1
  const items = []
  // Where the text of the present item begins: what is indented as far belongs to it.
  let indent = Infinity
  let end = at
  while (end < lines.length) {
    const line = lines[end]
    const leading = /^ */.exec(line)[0].length
    if (line.trim() === '') {
      // A blank line goes on with the list only where an item, or an indented line, follows it.
      const next = lines[end + 1]
      if (next === undefined || !(mark.test(next) || /^\s{2,}\S/.test(next))) break
      items[items.length - 1] += '\n'
    } else if (leading >= indent) items[items.length - 1] += line.slice(indent)
    else if (mark.test(line)) {
      items.push(line.replace(mark, ''))
      indent = mark.exec(line)[0].trimEnd().length + 1
    } else if (/^\s{2,}\S/.test(line)) items[items.length - 1] += line.trimStart()
    else break
    end++
  }
  return { kind: 'list', ordered, start, items: items.map((item) => item.trimEnd()), end }
}

function readQuote(lines, at) {
  let end = at
  while (end < lines.length && quote.test(lines[end])) end++
  const text = lines.slice(at, end).map((line) => line.replace(quote, '')).join('').trimEnd()
  return { kind: 'quote', text, end }
}

function startsTable(lines, at) {
  const next = lines[at + 1]
  return lines[at].includes('|') && next !== undefined && next.includes('|') && tableRule.test(next)
}

function readTable(lines, at) {
  let end = at + 2
  while (end < lines.length && lines[end].includes('|')) end++
  const ends = cells(lines[at + 1]).map((cell) => /^-+:$/.test(cell))
  return { kind: 'table', head: cells(lines[at]), rows: lines.slice(at + 2, end).map(cells), ends, end }
}

function cells(line) {
  return line.trim().replace(/^\|/, '').replace(/(?<!\\)\|$/, '').split(/(?<!\\)\|/)
    .map((cell) => cell.trim().replaceAll('\\|', '|'))
}
