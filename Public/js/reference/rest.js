import { method } from './contents.js'
import { element, prose } from './elements.js'
import { SchemaView } from './schema.js'

const methods = ['get', 'put', 'post', 'patch', 'delete']

// The groups of an OpenAPI document: the operations by their tags, and the schemas.
export function restGroups(document) {
  const view = new SchemaView((name) => `schema-${name}`)
  const groups = document.tags.map(({ name, description }) => ({ title: name, description, entries: [] }))
  for (const [path, item] of Object.entries(document.paths)) {
    for (const name of methods.filter((name) => item[name])) {
      const operation = item[name]
      const group = groups.find(({ title }) => title === operation.tags[0])
      group.entries.push({
        id: operation.operationId, label: path, mark: name.toUpperCase(),
        node: operationNode(document, view, path, name.toUpperCase(), operation, item.parameters ?? []),
      })
    }
  }
  return [...groups, { title: 'schemas', entries: view.entries(document.components.schemas) }]
}

function operationNode(document, view, path, name, operation, shared) {
  const id = operation.operationId
  const parameters = [...shared, ...(operation.parameters ?? [])].map((parameter) => resolved(document, parameter))
  return element('section', { id, class: 'entry', 'data-route': `${name} ${path}` },
    element('h3', {}, method(name), ' ', element('a', { href: `#${id}` }, element('code', {}, path))),
    element('p', { class: 'summary' }, operation.summary),
    operation.description && prose(operation.description),
    credentials(document, operation.security ?? document.security),
    ...titled('Parameters', parameters.length && element('dl', { class: 'members' }, ...parameters.map((parameter) => (
      view.member(parameter.name, parameter.schema, parameter.required, parameter.in, parameter.description))))),
    ...titled('Content', operation.requestBody && element('div', {}, ...contents(view, operation.requestBody))),
    ...titled('Answers', element('dl', { class: 'answers' }, ...Object.entries(operation.responses).sort(byStatus).map(
      ([status, response]) => answer(view, status, resolved(document, response))))))
}

// `4XX` stands behind the others of its class.
function byStatus([one], [other]) {
  return one < other ? -1 : 1
}

function titled(title, node) {
  return node ? [element('h4', {}, title), node] : []
}

function resolved(document, value) {
  if (!value.$ref) return value
  return value.$ref.split('/').slice(1).reduce((part, key) => part[key], document)
}

function credentials(document, security) {
  if (security.length === 0) return element('p', { class: 'credential' }, 'Takes no credential.')
  const names = security.flatMap((choice) => Object.keys(choice))
  return element('div', { class: 'credential' }, ...names.map((name) => {
    const scheme = document.components.securitySchemes[name]
    const place = scheme.type === 'http' ? 'Authorization: Bearer' : `${scheme.name} in the ${scheme.in}`
    return element('p', {}, element('code', {}, place), ' ', scheme.description ?? '')
  }))
}

function answer(view, status, response) {
  const headers = Object.keys(response.headers ?? {})
  return element('div', {},
    element('dt', {}, element('code', { class: 'status', 'data-class': status[0] }, status)),
    element('dd', {}, prose(response.description), ...contents(view, response),
      headers.length > 0 && element('p', { class: 'notes' }, `with ${headers.join(', ')}`)))
}

// The kinds of content of a request or an answer, with what is in them.
function contents(view, holder) {
  return Object.entries(holder.content ?? {}).flatMap(([type, { schema }]) => {
    const isPlain = !schema || !view.members(schema)
    const kind = element('p', { class: 'kind' }, element('code', {}, type),
      ...(isPlain && schema && schema.type !== 'string' && schema.type !== 'object' ? [': ', ...view.type(schema)] : []))
    return isPlain ? [kind] : [kind, view.members(schema)]
  })
}
