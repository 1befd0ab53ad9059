import { element, prose } from './elements.js'
import { SchemaView } from './schema.js'

// The groups of an AsyncAPI document of one socket: its frames by who sends them, and the schemas.
export function socketGroups(document) {
  const view = new SchemaView((name) => `frame-schema-${name}`)
  const { messages, schemas } = document.components
  const [channel] = Object.values(document.channels)
  const replies = new Map()
  for (const { messages, reply } of Object.values(document.operations)) {
    for (const message of messages) if (reply) replies.set(key(message), reply.messages.map(key))
  }
  const sentBy = (name) => Object.entries(messages).filter(([, message]) => (
    message.tags.some((tag) => tag.name === name))).map(([id, message]) => ({
    id: anchor(id), label: message.name, node: frameNode(view, messages, id, message, replies.get(id)),
  }))
  return [
    {
      title: 'from the client', description: `\`${channel.address}\`: ${channel.description}`,
      entries: sentBy('client'),
    },
    { title: 'from the server', entries: sentBy('server') },
    { title: 'schemas of frames', entries: view.entries(schemas) },
  ]
}

function key(reference) {
  return reference.$ref.split('/').at(-1)
}

function anchor(name) {
  return `frame-${name}`
}

function frameNode(view, messages, id, message, replies) {
  const sender = message.tags[0].name
  return element('section', { id: anchor(id), class: 'entry', 'data-frame': `${sender} ${message.name}` },
    element('h3', {}, element('a', { href: `#${anchor(id)}` }, element('code', {}, message.name))),
    element('p', { class: 'summary' }, message.summary), message.description && prose(message.description),
    view.members(message.payload),
    replies && element('p', { class: 'kind' }, 'Answered by ', ...replies.flatMap((reply, place) => [
      place ? ' or ' : '', element('a', { href: `#${anchor(reply)}` }, element('code', {}, messages[reply].name)),
    ])))
}
