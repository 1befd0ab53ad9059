import { Anchors } from './anchors.js'
import { parseBlocks } from './blocks.js'
import { renderBlock, safeLink } from './format.js'

// The page that citations lead to: `document.html?path=docs/NAME.md#ANCHOR` shows that document of the server, and
// `document.html?site=KEY&document=ID#ANCHOR` one of a site's own.
const known = /^(README\.md|docs\/[\w.-]+\.md)$/
const asked = new URLSearchParams(location.search)
const path = asked.get('path') ?? ''
const container = document.querySelector('[data-part=document]')

const { name, text, title } = await read()
document.querySelector('[data-part=path]').textContent = name
container.append(...parseBlocks(text ?? '# There is no such document').map((block) => renderBlock(block, {
  deeper: 0, link: path ? linkFrom(path) : safeLink,
})))
nameHeadings()
addEventListener('hashchange', showAnchor)
showAnchor()

async function read() {
  const nothing = { name: '', text: null }
  if (asked.has('document')) {
    const query = asked.get('site') ? `?site=${encodeURIComponent(asked.get('site'))}` : ''
    const response = await fetch(`v1/documents/${encodeURIComponent(asked.get('document'))}${query}`)
    if (!response.ok) return nothing
    const { name, content, title } = await response.json()
    return { name, text: content, title }
  }
  if (!known.test(path)) return nothing
  const response = await fetch('/' + path)
  return response.ok ? { name: path, text: await response.text() } : nothing
}

function nameHeadings() {
  const anchors = new Anchors()
  for (const heading of container.querySelectorAll(':scope > :is(h1, h2, h3, h4, h5, h6)')) {
    const last = heading.lastChild
    // The anchor that the document gives it itself, as the server has written it down.
    const given = last?.nodeType === Node.TEXT_NODE ? /\s*\{#([^\s{}]*)\}$/.exec(last.data) : null
    if (given) last.data = last.data.slice(0, given.index)
    heading.id = given ? given[1] : anchors.next(heading.textContent)
  }
  document.title = title ?? container.querySelector('h1')?.textContent ?? path
}

// The headings were not there when the browser looked for the anchor.
function showAnchor() {
  container.querySelector('.here')?.classList.remove('here')
  const heading = document.getElementById(anchor())
  if (!heading || !container.contains(heading)) return
  heading.classList.add('here')
  heading.scrollIntoView()
}

function anchor() {
  try {
    return decodeURIComponent(location.hash.slice(1))
  } catch {
    return ''
  }
}

// Links of the document at `path`: to other documents, to places in this one, and to the web.
function linkFrom(path) {
  return (target, text) => {
    if (/^[a-z][\w+.-]*:/i.test(target)) return safeLink(target, text)
    let url
    try {
      url = new URL(target, new URL(path, 'http://document/'))
    } catch {
      return null
    }
    const other = url.pathname.slice(1)
    if (url.host !== 'document' || !known.test(other)) return null
    const link = document.createElement('a')
    link.href = `?path=${other}${url.hash}`
    if (other === path && url.hash) link.href = url.hash
    link.append(text)
    return link
  }
}
