import { parseBlocks } from './blocks.js'

// Makes elements of blocks and of the marks inside a line. Text only ever becomes text nodes: nothing that an agent
// writes is read as HTML, no image is loaded, and only http and https become links.

// So deep may lists and quotes stand in each other; what is deeper is shown as text.
const deepest = 8

// `link(target, text)` makes a link, or null where it should stay text; a heading is shown `deeper` levels down.
export function renderBlock(block, { link = safeLink, deeper = 2, depth = 0 } = {}) {
  const options = { link, deeper, depth }
  switch (block.kind) {
    case 'heading':
      return withText(`h${Math.min(6, block.level + deeper)}`, block.text, options)
    case 'code': {
      const pre = document.createElement('pre')
      pre.append(element('code', block.text))
      return pre
    }
    case 'list': {
      const list = document.createElement(block.ordered ? 'ol' : 'ul')
      if (block.ordered && block.start !== 1) list.start = block.start
      list.append(...block.items.map((item) => withBlocks('li', item, options)))
      return list
    }
    case 'quote':
      return withBlocks('blockquote', block.text, options)
    case 'table':
      return renderTable(block, options)
    case 'rule':
      return document.createElement('hr')
    default:
      return withText('p', block.text, options)
  }
}

// A link that tells its target nothing, where `url` is absolute and http or https; else null.
export function safeLink(url, text) {
  return /^https?:\/\/[^\s/]/i.test(url) ? newTab(url, text) : null
}

// The same, and documents of this server as well: `/README.md` and `/docs/NAME.md`, shown by the page for documents, and
// those of sites, which lead to that page themselves.
export function sourceLink(url, text) {
  if (/^\/document\.html\?[\w.&=-]+(#[^\s]*)?$/.test(url)) return newTab(url.slice(1), text)
  const [, path, fragment = ''] = /^\/(README\.md|docs\/[\w.-]+\.md)(#[^\s]*)?$/.exec(url) ?? []
  return path ? newTab(`document.html?path=${path}${fragment}`, text) : safeLink(url, text)
}

function newTab(url, text) {
  const link = element('a', text)
  link.href = url
  link.rel = 'noopener nofollow'
  link.target = '_blank'
  return link
}

function renderTable({ head, rows, ends }, options) {
  const table = document.createElement('table')
  const withCell = (name) => (text, column) => {
    const cell = withText(name, text, options)
    if (ends[column]) cell.className = 'end'
    return cell
  }
  const headRow = table.createTHead().insertRow()
  headRow.append(...head.map(withCell('th')))
  const body = table.createTBody()
  for (const row of rows) body.insertRow().append(...row.map(withCell('td')))
  const frame = document.createElement('div')
  frame.className = 'table'
  frame.append(table)
  return frame
}

function withText(name, text, { link }) {
  const node = document.createElement(name)
  node.dir = 'auto'
  node.append(...renderInline(text, link))
  return node
}

// An element with blocks of its own. A single paragraph, or the first one, is the element's own text.
function withBlocks(name, text, options) {
  if (options.depth === deepest) return withText(name, text, options)
  const [first, ...rest] = parseBlocks(text)
  const isText = !first || first.kind === 'paragraph'
  const node = withText(name, isText ? first?.text ?? '' : '', options)
  const blocks = isText ? rest : [first, ...rest]
  node.append(...blocks.map((block) => renderBlock(block, { ...options, depth: options.depth + 1 })))
  return node
}

// The lengths are bounded, so that a text full of marks that never close costs little.
const marks = new RegExp(
  [
    '\\\\(?<escaped>[!-\\/:-@[-`{-~])',
    '(?<ticks>`+)(?<code>[^`]|[^`][^]{0,2000}?[^`])\\k<ticks>(?!`)',
    '\\*\\*(?=\\S)(?<strong>[^]{0,2000}?\\S)\\*\\*',
    '(?<![\\w*])(?<mark>[*_])(?=[^\\s*_])(?<emphasis>[^*_\\n]{0,500}?[^\\s*_])\\k<mark>(?![\\w*])',
    '!?\\[(?<label>[^\\]\\n]{0,500})\\]\\((?<target>[^()\\s]{1,2000})(?:\\s+"[^"\\n]{0,200}")?\\)',
    '<(?<auto>https?:\\/\\/[^\\s<>]{1,2000})>',
    '(?<hard> {2,8}|\\\\)\\n',
    '\\b(?<bare>https?:\\/\\/[^\\s<>"\'`|]{1,2000}[^\\s<>"\'`|.,;:!?)\\]*_])',
  ].join('|'),
  'gi',
)

function renderInline(text, link) {
  const nodes = []
  let end = 0
  for (const match of text.matchAll(marks)) {
    const { escaped, code, strong, emphasis, label, target, auto, hard, bare } = match.groups
    let node
    if (escaped !== undefined) node = escaped
    else if (code !== undefined) node = element('code', code)
    else if (strong !== undefined) node = element('strong', ...renderInline(strong, link))
    else if (emphasis !== undefined) node = element('em', ...renderInline(emphasis, link))
    else if (hard !== undefined) node = document.createElement('br')
    else if (target !== undefined) node = labelled(target, label || target, link)
    else {
      const url = auto ?? bare.replace(/\\([!-/:-@[-`{-~])/g, '$1')
      node = link(url, url) ?? match[0]
    }
    nodes.push(text.slice(end, match.index), node)
    end = match.index + match[0].length
  }
  nodes.push(text.slice(end))
  return nodes
}

// A link whose words may have marks of their own; their links stay words.
function labelled(target, label, link) {
  const node = link(target, '')
  const words = renderInline(label, () => null)
  const holder = node ?? document.createElement('span')
  holder.append(...words)
  return holder
}

function element(name, ...children) {
  const node = document.createElement(name)
  node.append(...children)
  return node
}
