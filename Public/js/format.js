// Makes elements of blocks and of the marks inside a line. Text only ever becomes text nodes: nothing that an agent
// writes is read as HTML, no image is loaded, and only http and https become links.

export function renderBlock(block) {
  switch (block.kind) {
    case 'heading':
      return withText(`h${Math.min(5, block.level + 2)}`, block.text)
    case 'code': {
      const pre = document.createElement('pre')
      pre.append(element('code', block.text))
      return pre
    }
    case 'list': {
      const list = document.createElement(block.ordered ? 'ol' : 'ul')
      if (block.ordered && block.start !== 1) list.start = block.start
      list.append(...block.items.map((item) => withText('li', item)))
      return list
    }
    case 'quote':
      return withText('blockquote', block.text)
    case 'table':
      return renderTable(block)
    case 'rule':
      return document.createElement('hr')
    default:
      return withText('p', block.text)
  }
}

// A link that tells its target nothing, where `url` is absolute and http or https; else null.
export function safeLink(url, text) {
  if (!/^https?:\/\/[^\s/]/i.test(url)) return null
  const link = element('a', text)
  link.href = url
  link.rel = 'noopener nofollow'
  link.target = '_blank'
  return link
}

function renderTable({ head, rows }) {
  const table = document.createElement('table')
  const headRow = table.createTHead().insertRow()
  headRow.append(...head.map((cell) => withText('th', cell)))
  const body = table.createTBody()
  for (const row of rows) body.insertRow().append(...row.map((cell) => withText('td', cell)))
  const frame = document.createElement('div')
  frame.className = 'table'
  frame.append(table)
  return frame
}

function withText(name, text) {
  const node = document.createElement(name)
  node.dir = 'auto'
  node.append(...renderInline(text))
  return node
}

// The lengths are bounded, so that a text full of marks that never close costs little.
const marks = new RegExp(
  [
    '(?<ticks>`+)(?<code>[^`]|[^`][^]{0,2000}?[^`])\\k<ticks>(?!`)',
    '\\*\\*(?=\\S)(?<strong>[^]{0,2000}?\\S)\\*\\*',
    '(?<![\\w*])(?<mark>[*_])(?=[^\\s*_])(?<emphasis>[^*_\\n]{0,500}?[^\\s*_])\\k<mark>(?![\\w*])',
    '!?\\[(?<label>[^\\]\\n]{0,500})\\]\\((?<target>[^()\\s]{1,2000})(?:\\s+"[^"\\n]{0,200}")?\\)',
    '\\b(?<bare>https?:\\/\\/[^\\s<>"\'`|]{1,2000}[^\\s<>"\'`|.,;:!?)\\]*_])',
  ].join('|'),
  'gi',
)

function renderInline(text) {
  const nodes = []
  let end = 0
  for (const match of text.matchAll(marks)) {
    const { code, strong, emphasis, label, target, bare } = match.groups
    let node
    if (code !== undefined) node = element('code', code)
    else if (strong !== undefined) node = element('strong', ...renderInline(strong))
    else if (emphasis !== undefined) node = element('em', ...renderInline(emphasis))
    else if (target !== undefined) node = safeLink(target, label || target) ?? (label || target)
    else node = safeLink(bare, bare) ?? bare
    nodes.push(text.slice(end, match.index), node)
    end = match.index + match[0].length
  }
  nodes.push(text.slice(end))
  return nodes
}

function element(name, ...children) {
  const node = document.createElement(name)
  node.append(...children)
  return node
}
