import { parseBlocks } from './blocks.js'
import { renderBlock, sourceLink } from './format.js'
import { resultElement } from './result-view.js'

const speakers = { user: 'You', assistant: 'Answer', operator: 'Operator', system: 'System' }
const stopped = { user: 'Stopped', interrupt: 'Stopped for a newer message', limit: 'Stopped: the limit is reached' }

// One message of the transcript on the page.
export class MessageView {
  element = document.createElement('article')

  #content = document.createElement('div')
  #blocks = []
  #text = ''
  #wasStreaming = false
  #details = null
  #reasoning = null
  #decide

  // `decide(tool, isApproved)` is called where somebody says whether a call that waits may be made.
  constructor(message, decide) {
    this.#decide = decide
    this.element.className = 'message'
    this.element.dataset.messageId = message.id
    this.element.dataset.role = message.role
    this.element.setAttribute('aria-label', speakers[message.role] ?? message.role)
    this.#content.className = 'content'
    this.element.append(this.#content)
    this.update(message)
  }

  update(message) {
    this.element.dataset.status = message.status
    this.element.title = message.created_at ? new Date(message.created_at).toLocaleString() : ''
    if (message.replaced_by) this.element.dataset.replacedBy = message.replaced_by
    if (message.role === 'user') this.#showPlain(message.content)
    else this.#showFormatted(message)
    this.#showDetails(message)
  }

  #showPlain(text) {
    if (this.#text === text) return
    this.#text = text
    this.#content.dir = 'auto'
    this.#content.textContent = text
  }

  // While an answer grows, only its last two blocks are read and drawn again; once more as a whole when it is done.
  #showFormatted({ content, status }) {
    const streaming = status === 'streaming'
    if (this.#text === content && this.#wasStreaming === streaming) return
    const grows = streaming && content.startsWith(this.#text)
    const kept = grows ? Math.max(0, this.#blocks.length - 2) : 0
    const from = this.#blocks.slice(0, kept).reduce((length, block) => length + block.source.length, 0)
    const fresh = parseBlocks(content.slice(from))
    const blocks = [...this.#blocks.slice(0, kept), ...fresh]
    let same = kept
    while (same < blocks.length && same < this.#blocks.length && isSame(blocks[same], this.#blocks[same])) same++
    while (this.#content.childNodes.length > same) this.#content.lastChild.remove()
    this.#content.append(...blocks.slice(same).map((block) => renderBlock(block)))
    this.#blocks = blocks
    this.#text = content
    this.#wasStreaming = streaming
  }

  #showDetails(message) {
    const parts = [
      ...results(message), toolList(message, this.#decide), outcome(message), citationList(message), replacement(message),
    ]
    const details = parts.filter(Boolean)
    const { status, reason, error, tools, reasoning, citations, replaced_by } = message
    const key = JSON.stringify([status, reason, error, tools, reasoning, citations, replaced_by])
    if (this.#details === key) return
    this.#details = key
    this.#showReasoning(message)
    this.element.replaceChildren(...[this.#reasoning].filter(Boolean), this.#content, ...details)
  }

  // Closed until somebody opens it, and then as they have left it.
  #showReasoning({ reasoning }) {
    if (!reasoning?.length) {
      this.#reasoning = null
      return
    }
    this.#reasoning ??= reasoningElement()
    const texts = reasoning.map(({ text, truncated }) => plainText(truncated ? `${text} …` : text))
    this.#reasoning.replaceChildren(this.#reasoning.firstChild, ...texts)
  }
}

// A message of the visitor that the server has not accepted yet.
export function outboxElement(item, isConnected, { retry, remove }) {
  const element = document.createElement('article')
  element.className = 'message'
  element.dataset.outboxId = item.id
  element.dataset.role = 'user'
  element.dataset.status = item.state === 'accepted' ? 'complete' : item.state
  const content = document.createElement('div')
  content.className = 'content'
  content.dir = 'auto'
  content.textContent = item.content
  element.append(content)
  if (item.state === 'refused') {
    const note = line('outcome', `Not sent: ${item.error}`)
    note.append(button('Try again', retry), button('Remove', remove))
    element.append(note)
  } else if (item.state === 'waiting' && !isConnected) {
    element.append(line('outcome', 'Will be sent as soon as the server is back'))
  }
  return element
}

function isSame(a, b) {
  return a.kind === b.kind && a.source === b.source
}

function outcome({ status, reason, error }) {
  switch (status) {
    case 'stopped':
      return line('outcome', stopped[reason] ?? 'Stopped')
    case 'failed':
      return line('outcome', error?.message ? `The answer failed: ${error.message}` : 'The answer failed')
    case 'interrupted':
      return line('outcome', 'Interrupted: the server went down while it was writing this')
    default:
      return null
  }
}

function replacement({ replaced_by }) {
  return replaced_by ? line('outcome', 'Answered again below') : null
}

function toolList({ tools, status }, decide) {
  if (!tools?.length) return null
  const list = document.createElement('ul')
  list.className = 'tools'
  for (const tool of tools) {
    const item = document.createElement('li')
    item.dataset.status = tool.status
    item.dataset.toolId = tool.id
    const mark = { waiting: '?', running: '…', done: '✓', failed: '✗', rejected: '✗' }[tool.status] ?? ''
    item.textContent = `${mark} ${tool.title ?? tool.name}`
    if (tool.status === 'waiting' && status === 'streaming') item.append(...approval(tool, decide))
    list.append(item)
  }
  return list
}

// By the order in which they are downloaded.
function results(message) {
  const results = (message.tools ?? []).map((tool) => tool.result).filter((result) => Array.isArray(result?.columns) && Array.isArray(result.rows))
  return results.map((result, index) => resultElement(message, result, index + 1))
}

// What a call is about that waits for a person, and the two things to say to it.
function approval(tool, decide) {
  const nodes = []
  if (tool.arguments !== undefined) {
    const code = document.createElement('code')
    code.dir = 'auto'
    code.textContent = JSON.stringify(tool.arguments, null, 1)
    nodes.push(code)
  }
  for (const [text, isApproved] of [['Allow', true], ['Don’t allow', false]]) {
    const node = button(text, () => decide(tool.id, isApproved))
    node.setAttribute('aria-label', `${text}: ${tool.title ?? tool.name}`)
    nodes.push(node)
  }
  return nodes
}

function reasoningElement() {
  const details = document.createElement('details')
  details.className = 'reasoning'
  const summary = document.createElement('summary')
  summary.textContent = 'Reasoning'
  details.append(summary)
  return details
}

function plainText(text) {
  const paragraph = document.createElement('p')
  paragraph.dir = 'auto'
  paragraph.textContent = text
  return paragraph
}

function citationList({ citations }) {
  if (!citations?.length) return null
  const details = document.createElement('details')
  details.className = 'citations'
  const summary = document.createElement('summary')
  summary.textContent = citations.length === 1 ? '1 source' : `${citations.length} sources`
  const list = document.createElement('ol')
  for (const { title, url, excerpt } of citations) {
    const item = document.createElement('li')
    item.dir = 'auto'
    item.append((url && sourceLink(url, title || url)) || title || url || '')
    if (excerpt) {
      const quote = document.createElement('q')
      quote.textContent = excerpt
      item.append(quote)
    }
    list.append(item)
  }
  details.append(summary, list)
  return details
}

function line(className, text) {
  const paragraph = document.createElement('p')
  paragraph.className = className
  paragraph.append(text)
  return paragraph
}

function button(text, action) {
  const node = document.createElement('button')
  node.type = 'button'
  node.textContent = text
  node.addEventListener('click', action)
  return node
}
